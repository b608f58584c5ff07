/**
 * An indicator of one's own: a pure fold over the bars of a symbol and timeframe (docs/architecture.md#plugins), whose
 * values come with the signals that bars become.
 */
import type { Decimal } from './decimal.ts'

/** One bar as indicators see it; frozen. */
export interface IndicatorBar {
  /** ISO-8601 UTC: when the bar ended. */
  readonly eventTs: string
  readonly symbol: string
  readonly timeframe: string
  /** Null, as high, low and volume, where the data does not tell. */
  readonly open: Decimal | null
  readonly high: Decimal | null
  readonly low: Decimal | null
  readonly close: Decimal
  readonly volume: Decimal | null
}

export interface Indicator<State = unknown> {
  /** What it adds: a plugin reads them as `features.custom.<name>`. */
  readonly names: readonly string[]
  /** What is known before the first bar of a series. */
  initial(): State
  /** What is known after a bar: depends on nothing but its arguments, and leaves them as they are. */
  next(state: State, bar: IndicatorBar): State
  /** The values to add; null or left out: not known yet. */
  values(state: State): Readonly<Record<string, Decimal | null | undefined>>
}
