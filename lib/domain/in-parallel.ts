/**
 * Does the same for each of many, no more of them at the same time than `most`, begun in their order; results stand in
 * that order too. The first fault is thrown, and nothing is begun after it.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const [only] = items
  if (only !== undefined && items.length === 1) return [await work(only, 0)]
  const results: Result[] = []
  const queue = items.entries()
  let failed = false
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failed) return
      try {
        results[index] = await work(item, index)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker))
  return results
}
