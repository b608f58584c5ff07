/**
 * The outside world of a step: the paper exchange's session, what positions are worth, fills, and the trade
 * updates that tell of them.
 */
import type { ExchangeCalendar } from '../market/calendar/exchange-calendar.ts'
import type { Decimal } from '../domain/decimal.ts'
import { StateError } from '../domain/errors.ts'
import { formatInstant } from '../domain/time.ts'
import { type OrderFeedDeps, applyTradeUpdate } from '../orders/order-feed/apply.ts'
import { readPrice } from '../strategy/features.ts'
import type { PaperExchange } from '../exchange/paper-exchange.ts'
import { type TradeUpdate, feedMessage } from '../exchange/wire-order.ts'
import { dateOf } from '../market/bar-series.ts'
import type { Step } from '../market/schedule.ts'

const TOPIC = 'torghut.trade-updates.v2'

export class Market {
  readonly #exchange: PaperExchange
  readonly #calendar: ExchangeCalendar
  readonly #feed: OrderFeedDeps
  /** How many trade updates were handed over; null: it is not known yet. */
  #delivered: number | null = null
  /** The date whose session was opened last, if it has one. */
  #opened: string | null = null

  constructor(exchange: PaperExchange, calendar: ExchangeCalendar, feed: OrderFeedDeps) {
    this.#exchange = exchange
    this.#calendar = calendar
    this.#feed = feed
  }

  /**
   * Before a run goes on at a step: the exchange must have come just as far as the state has.
   * @throws StateError when one of them has lost what the other has
   */
  checkPosition(step: Step, previous: Step | undefined): void {
    const last = this.#exchange.session?.date ?? null
    const sessionOf = (one: Step) => this.#calendar.sessionOn('', dateOf(one.tickAt))
    const isBehind = previous !== undefined && sessionOf(previous) !== null && last === null
    if (!isBehind && (last === null || last <= dateOf(step.tickAt))) return
    throw new StateError(
      `the state is at ${dateOf(step.tickAt)}, the paper exchange at ${last ?? 'its beginning'}`,
      {
        advice:
          'A part of the state folder is gone. Start over with --fresh, or bring the folder back from a copy.',
      },
    )
  }

  /**
   * Before a tick: its session is open, positions are worth what the signals have told. The session opens
   * without prices, since nobody may fill before every lane has settled. Gives what is to be waited for, if anything.
   */
  open({ tickAt, signals }: Step): Promise<void> | undefined {
    this.#delivered ??= this.#deliveredBefore(tickAt)
    const date = dateOf(tickAt)
    if (date !== this.#opened) {
      const session = this.#calendar.sessionOn('', date)
      if (session !== null) this.#exchange.openSession({ date, ...session, prices: {} })
      this.#opened = date
    }
    const known = new Map<string, Decimal>()
    for (const signal of signals) {
      const price = readPrice(signal)
      if (price !== null) known.set(signal.symbol, price)
    }
    this.#exchange.markPrices(known)
    return this.#deliverAny()
  }

  /** After a tick: orders fill. Gives what is to be waited for, if anything. */
  fill({ fillPrices, promptPrices }: Step): Promise<void> | undefined {
    this.#exchange.fillPending({ prices: fillPrices, promptPrices })
    return this.#deliverAny()
  }

  #deliverAny(): Promise<void> | undefined {
    const updates = this.#exchange.tradeUpdatesAfter(this.#delivered ?? 0)
    return updates.length === 0 ? undefined : this.#deliver(updates)
  }

  /** Hands over trade updates that were not handed over yet, accounts side by side. */
  async #deliver(updates: readonly TradeUpdate[]): Promise<void> {
    const byAccount = new Map<string, TradeUpdate[]>()
    for (const update of updates) {
      const own = byAccount.get(update.account)
      if (own === undefined) byAccount.set(update.account, [update])
      else own.push(update)
    }
    await Promise.all([...byAccount.values()].map((own) => this.#apply(own)))
    this.#delivered = (this.#delivered ?? 0) + updates.length
  }

  async #apply(updates: readonly TradeUpdate[]): Promise<void> {
    for (const update of updates) {
      const message = {
        topic: TOPIC,
        value: feedMessage(update, 'v2'),
        defaultAccountLabel: update.account,
      }
      await applyTradeUpdate(message, this.#feed)
    }
  }

  /** Steps before the present one ended with all their updates applied; those since may have been lost. */
  #deliveredBefore(tickAt: Step['tickAt']): number {
    const from = formatInstant(tickAt)
    const first = this.#exchange.tradeUpdatesAfter(0).find(({ message }) => message.data.timestamp >= from)
    return first === undefined ? this.#exchange.tradeUpdatesAfter(0).length : first.sequence - 1
  }
}
