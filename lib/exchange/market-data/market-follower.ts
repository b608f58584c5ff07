/**
 * What follows from the market's time at the exchange: positions are worth the last closes, orders fill at what the market opens at,
 * sessions open when the calendar's do.
 *
 * Invariant: no order fills at a price that a bar closed before it was sent has told.
 */
import { asEpochMs, floorToMinute, type EpochMs } from '../../domain/time.ts'
import type { Decimal } from '../../domain/decimal.ts'
import { dateOf } from '../../market/bar-series.ts'
import { PROMPT_MS } from '../../market/schedule.ts'
import type { PaperExchange } from '../paper-exchange.ts'
import type { MarketTape } from './market-tape.ts'

export interface FollowerOptions {
  readonly exchange: PaperExchange
  readonly tape: MarketTape
  /**
   * `at_once`: at the open of the bar that is under way, as soon as an order is there. `on_step`: when time moves on, as in a backtest
   * (docs/backtest.md): at the first open since the step before, so that equal orders fill alike.
   */
  readonly fills: 'at_once' | 'on_step'
}

export class MarketFollower {
  readonly #exchange: PaperExchange
  readonly #tape: MarketTape
  readonly #fills: FollowerOptions['fills']
  #steppedAt: EpochMs

  constructor({ exchange, tape, fills }: FollowerOptions) {
    this.#exchange = exchange
    this.#tape = tape
    this.#fills = fills
    this.#steppedAt = floorToMinute(tape.clock.now())
    this.#follow()
  }

  /** After the clock has moved: what waited fills, then prices are those of the last closes. */
  step(): void {
    const now = floorToMinute(this.#tape.clock.now())
    const before = this.#steppedAt
    this.#steppedAt = now
    if (this.#fills === 'on_step') {
      const prices = this.#tape.opens(before, now)
      const promptPrices = this.#tape.opens(before, now, PROMPT_MS)
      this.#exchange.fillPending({ prices, promptPrices })
    }
    this.#follow()
    this.orderSent()
  }

  /** After an order was taken. */
  orderSent(): void {
    if (this.#fills !== 'at_once') return
    const prices = new Map<string, Decimal>()
    for (const account of this.#exchange.state.accounts.values()) {
      for (const { symbol } of account.openOrders) {
        const quote = this.#tape.quote(symbol)
        if (quote !== null) prices.set(symbol, quote)
      }
    }
    this.#exchange.fillPending({ prices })
  }

  #follow(): void {
    const { calendar, clock } = this.#tape
    const now = clock.now()
    const date = dateOf(now)
    const session = calendar.sessionOn('', date)
    if (session !== null && now >= session.opensAt && now < session.closesAt) {
      this.#exchange.openSession({ date, ...session, prices: {} })
    }
    this.#exchange.markPrices(Object.fromEntries(this.#tape.closes()))
  }
}

/** The instant on which the first bars come: where a simulated market begins, just before them. */
export function beginningOf(tape: MarketTape): EpochMs {
  const first = tape.symbols.flatMap((symbol) => tape.series(symbol)?.bars[0]?.bar.startsAt ?? [])
  return asEpochMs(Math.min(...first))
}
