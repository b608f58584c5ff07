/** What happened in a run, as lines; always hashed, kept only when somebody wants to read them. */
export class Digest {
  /** Null: the lines are hashed and forgotten. */
  lines: string[] | null = null
  #low = 0xdeadbeef
  #high = 0x41c6ce57

  add(line: string): void {
    this.lines?.push(line)
    let low = this.#low
    let high = this.#high
    for (let index = 0; index < line.length; index += 1) {
      const code = line.charCodeAt(index)
      low = Math.imul(low ^ code, 2654435761)
      high = Math.imul(high ^ code, 1597334677)
    }
    this.#low = low ^ (high >>> 15)
    this.#high = high ^ (low >>> 13)
  }

  /** 16 hex characters. */
  toString(): string {
    const hex = (part: number): string => (part >>> 0).toString(16).padStart(8, '0')
    return hex(this.#low) + hex(this.#high)
  }
}
