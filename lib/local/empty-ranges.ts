/**
 * Ranges of the embedded database that were read to their end and held nothing, such as an account's open executions most of the time:
 * they are not read again until something is written there.
 *
 * Invariant: a range counts as empty only when no write there was acknowledged since its reading began. dynalite's keys are ASCII, of
 * which texts have the order that LevelDB has, and it asks for one row at least.
 */
import type { Range } from 'dynalite/db/index.js'

/** More than a run asks for again, and few enough to be looked through with each write. */
const MOST_KNOWN = 100

export class EmptyRanges {
  /** By what stands in them. */
  readonly #known = new Map<string, Range>()
  readonly #beingRead = new Set<{ readonly range: Range; isWritten: boolean }>()

  has(range: Range): boolean {
    return this.#known.has(nameOf(range))
  }

  /** Called when its reading begins. @returns to be told, once, how many rows there were; null: not read to its end */
  watch(range: Range): (rows: number | null) => void {
    const reading = { range, isWritten: false }
    this.#beingRead.add(reading)
    return (rows) => {
      this.#beingRead.delete(reading)
      if (rows !== 0 || reading.isWritten) return
      if (this.#known.size >= MOST_KNOWN) this.#known.clear()
      this.#known.set(nameOf(range), range)
    }
  }

  /** Called before a write is acknowledged. */
  written(key: string): void {
    for (const reading of this.#beingRead) if (isWithin(key, reading.range)) reading.isWritten = true
    for (const [name, range] of this.#known) if (isWithin(key, range)) this.#known.delete(name)
  }
}

export function isWithin(key: string, { gt, gte, lt, lte }: Range): boolean {
  return (
    (gt === undefined || key > gt) &&
    (gte === undefined || key >= gte) &&
    (lt === undefined || key < lt) &&
    (lte === undefined || key <= lte)
  )
}

function nameOf({ gt, gte, lt, lte }: Range): string {
  return JSON.stringify([gt, gte, lt, lte])
}
