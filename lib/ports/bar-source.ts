/**
 * Where closed bars are read (docs/market-data.md). Expected troubles are answers: a plan without the feed, too many requests,
 * a half answer. What was read up to then is kept.
 */
import type { BrokerCredentials } from '../domain/account.ts'
import type { Decimal } from '../domain/decimal.ts'
import type { RequestBudget } from '../domain/request-budget.ts'
import type { MarketDataFeed } from '../domain/settings.ts'
import type { EpochMs } from '../domain/time.ts'

export interface SourceBar {
  /** The bar's start; in bars of days or longer, midnight UTC of the (first) trading day. */
  readonly startsAt: EpochMs
  readonly symbol: string
  readonly open: Decimal
  readonly high: Decimal
  readonly low: Decimal
  readonly close: Decimal
  readonly volume: Decimal
}

export interface BarQuery {
  /** Shares and coins are read at different places: never both. */
  readonly symbols: readonly string[]
  readonly timeframe: { readonly name: string; readonly durationMs: number }
  /** Starts of bars, both inclusive. */
  readonly from: EpochMs
  readonly to: EpochMs
}

/** What ended the reading before everything was there. */
export type BarTrouble =
  /** Too many requests, by the source's count or by our own. */
  | { readonly kind: 'rate_limited' }
  /** It will not be otherwise when it is asked again: the key, the plan, or something in the request. */
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string }
  /** No answer, none in time, or none that can be read. */
  | { readonly kind: 'unavailable'; readonly reason: string }

export interface BarAnswer {
  /** Ascending within each symbol, in no order between symbols; of each symbol the first ones without a hole. */
  readonly bars: readonly SourceBar[]
  /** Symbols with a bar that cannot be read, from which on nothing of them is in `bars`; each with what is wrong. */
  readonly unreadable: ReadonlyMap<string, string>
  /** Null: all that was asked for is there. */
  readonly trouble: BarTrouble | null
}

/** A day on which a share's price changes its scale. */
export interface Split {
  readonly symbol: string
  /** `YYYY-MM-DD`: the first day of the new scale. */
  readonly exDate: string
}

export interface BarSource {
  readBars(query: BarQuery): Promise<BarAnswer>
  /** Of shares, with ex-dates from `from` to `to`, both `YYYY-MM-DD` and inclusive; null when it could not be read. */
  readSplits(symbols: readonly string[], from: string, to: string): Promise<readonly Split[] | null>
  /** Requests sent so far. */
  readonly requests: number
}

/** How a source is reached with an account's key. */
export interface BarSourceOptions {
  /** No trailing slash. */
  readonly baseUrl: string
  readonly credentials: BrokerCredentials
  readonly feed: MarketDataFeed
  /** What it may send. */
  readonly budget: RequestBudget
}
