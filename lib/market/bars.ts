/** Bars, whatever they were read from (docs/architecture.md#files), and whatever keeps them. */
import type { Decimal } from '../domain/decimal.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Timeframe } from './timeframe.ts'

/** One bar of a symbol. Prices are in the symbol's currency. */
export interface Bar {
  /** The bar's start; in bars of days or longer, midnight UTC of the (first) trading day. */
  readonly startsAt: EpochMs
  readonly symbol: string
  /** Open, high and low are null only in data that knows closes alone; never in a parsed file. */
  readonly open: Decimal | null
  readonly high: Decimal | null
  readonly low: Decimal | null
  readonly close: Decimal
  /** Null where the source tells none. */
  readonly volume: Decimal | null
}

/** A list of bars, or columns that make each one when it is asked for. */
export interface Bars extends Iterable<Bar> {
  readonly length: number
}

/** The bars of one symbol. */
export interface BarSeries {
  readonly symbol: string
  readonly timeframe: Timeframe
  /** Ascending. */
  readonly bars: Bars
}
