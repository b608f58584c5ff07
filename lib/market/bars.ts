/** One bar of a symbol, whatever it was read from (docs/architecture.md#files). */
import type { Decimal } from '../domain/decimal.ts'
import type { EpochMs } from '../domain/time.ts'

/** Prices are in the symbol's currency. */
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
