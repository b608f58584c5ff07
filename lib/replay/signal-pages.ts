/** The signals of cycles that follow each other, read many at a time: a query costs more than what it brings. */
import type { LoggedSignal } from '../domain/signal.ts'
import { asEpochMs } from '../domain/time.ts'
import type { SignalLog } from '../ports/signal-log.ts'

export class SignalPages {
  readonly #log: Pick<SignalLog, 'readAfter'>
  readonly #source: string
  readonly #size: number
  #page: readonly LoggedSignal[] = []

  /** @param size how many are read at least; the least for who goes through few cycles */
  constructor(log: Pick<SignalLog, 'readAfter'>, source: string, size: number) {
    this.#log = log
    this.#source = source
    this.#size = size
  }

  /** So many from a position on, or those that are there of them. */
  async read(first: number, count: number): Promise<readonly LoggedSignal[]> {
    const at = first - (this.#page[0]?.position ?? first + 1)
    if (at >= 0 && at + count <= this.#page.length) return this.#page.slice(at, at + count)
    const limit = Math.max(count, this.#size)
    // positions in a page follow each other
    this.#page = (await this.#log.readAfter(this.#source, first - 1, limit, asEpochMs(0))).signals
    return this.#page.slice(0, count)
  }
}
