/** What a run has shown so far: one that begins again shows the same again up to there, which is passed over. */
import type { Output } from '../terminal/output.ts'

class Passing {
  #shown = 0
  #toSkip = 0

  beginAgain(): void {
    this.#toSkip = this.#shown
  }

  /** The part of the text that was not shown before. */
  fresh(text: string): string {
    const skipped = Math.min(this.#toSkip, text.length)
    this.#toSkip -= skipped
    this.#shown += text.length - skipped
    return text.slice(skipped)
  }
}

export class Shown {
  readonly #output: Output
  readonly #results = new Passing()
  readonly #notes = new Passing()

  constructor(output: Output) {
    this.#output = output
  }

  beginAgain(): void {
    this.#results.beginAgain()
    this.#notes.beginAgain()
  }

  /** @throws OutputClosed */
  async result(text: string): Promise<void> {
    const fresh = this.#results.fresh(text)
    if (fresh !== '') await this.#output.write(fresh)
  }

  /** For people. A progress bar is drawn anew each time. */
  note(text: string): void {
    const fresh = text.startsWith('\r') ? text : this.#notes.fresh(text)
    if (fresh !== '') this.#output.raw(fresh)
  }
}
