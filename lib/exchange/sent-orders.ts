/**
 * An account's orders by when they were sent: asking for those since a moment takes as long as there are of them, however many
 * there ever were.
 *
 * Invariant: the answer does not depend on the clock going forward. With each order stands the latest time up to it, below
 * which nothing older need be looked at.
 */
import { type EpochMs, asEpochMs } from '../domain/time.ts'
import type { ExchangeOrder } from './order.ts'

interface SentOrder {
  readonly order: ExchangeOrder
  /** When the latest of all up to this one was sent. */
  readonly latest: EpochMs
}

export class SentOrders {
  /** In the order of acceptance. */
  readonly #sent: SentOrder[] = []

  add(order: ExchangeOrder): void {
    const before = this.#sent.at(-1)?.latest ?? order.submittedAt
    this.#sent.push({ order, latest: asEpochMs(Math.max(before, order.submittedAt)) })
  }

  /** Those sent after a moment, in the order of acceptance. */
  after(moment: EpochMs): ExchangeOrder[] {
    const found: ExchangeOrder[] = []
    for (let index = this.#sent.length - 1; index >= 0; index -= 1) {
      const sent = this.#sent[index]
      if (sent === undefined || sent.latest <= moment) break
      if (sent.order.submittedAt > moment) found.push(sent.order)
    }
    return found.reverse()
  }
}
