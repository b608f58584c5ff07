/**
 * The trade updates of all accounts, oldest first.
 *
 * Invariants: they are numbered without holes, forgotten ones included; nobody who asks for a forgotten one is told that there
 * was none.
 */
import { StateError } from '../domain/errors.ts'
import type { TradeUpdate } from './wire-order.ts'

export class TradeUpdates {
  /** How many came before those that are kept. */
  #forgotten = 0
  #kept: TradeUpdate[] = []

  /** The number of the last one. */
  get last(): number {
    return this.#forgotten + this.#kept.length
  }

  add(update: Omit<TradeUpdate, 'sequence'>): void {
    this.#kept.push({ sequence: this.last + 1, ...update })
  }

  /** All after a sequence number. @throws StateError when some of them were forgotten */
  after(sequence: number): readonly TradeUpdate[] {
    if (sequence < this.#forgotten) throw new StateError(`trade update ${sequence + 1} is kept no longer`)
    return this.#kept.slice(sequence - this.#forgotten)
  }

  /** Forgets all so far, once they were handed over for good: where nothing is logged, nobody asks for them again. */
  forget(): void {
    if (this.#kept.length === 0) return
    this.#forgotten = this.last
    this.#kept = []
  }
}
