/** Several ascending sequences, each read only as far as somebody has come in time. */
export class Heads<Item extends { readonly at: number }> {
  readonly #sequences: readonly Iterator<Item>[]
  /** The next one of each; null after its last. */
  readonly #next: (Item | null)[]

  /** @param sequences ascending by `at` */
  constructor(sequences: readonly Iterable<Item>[]) {
    this.#sequences = sequences.map((sequence) => sequence[Symbol.iterator]())
    this.#next = this.#sequences.map(following)
  }

  /** When the earliest item that was not taken is; null when all were. */
  get earliest(): number | null {
    let earliest: number | null = null
    for (const item of this.#next) {
      if (item !== null && (earliest === null || item.at < earliest)) earliest = item.at
    }
    return earliest
  }

  /** Takes what comes before a moment, sequence by sequence. */
  takeBefore(moment: number): Item[] {
    const taken: Item[] = []
    for (const [index, sequence] of this.#sequences.entries()) {
      let item = this.#next[index] ?? null
      if (item === null || item.at >= moment) continue
      for (; item !== null && item.at < moment; item = following(sequence)) taken.push(item)
      this.#next[index] = item
    }
    return taken
  }
}

function following<Item>(sequence: Iterator<Item>): Item | null {
  const step = sequence.next()
  return step.done === true ? null : step.value
}
