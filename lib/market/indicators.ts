/**
 * Signals from bars: one signal per bar, with the bar, the usual indicators under the names of feature contract v3, and
 * those of the user's module under their own.
 *
 * Invariants: an indicator is left out until it has seen as many bars as it is defined over, so the first 33 bars of a symbol
 * make signals that feature normalisation refuses as `missing_required_features`, visibly, instead of vanishing.
 */
import { compare } from '../domain/compare.ts'
import type { Indicator } from '../domain/indicator.ts'
import type { Signal } from '../domain/signal.ts'
import { barEnd, dateOf, seriesOf } from './bar-series.ts'
import type { Bars } from './bars.ts'
import type { ExchangeCalendar } from './calendar/exchange-calendar.ts'
import { SeriesFold, sessionsBy } from './series-fold.ts'

/** A bar that makes no signal, since its exchange was closed on its day. */
export interface SkippedRow {
  readonly symbol: string
  /** `YYYY-MM-DD`. */
  readonly date: string
}

export interface BarSignals {
  readonly signals: readonly Signal[]
  readonly skipped: readonly SkippedRow[]
}

/** The source of signals that are made of bars. */
export const BARS_SOURCE = 'ta'

/**
 * Makes one signal per bar, ordered by `eventTs`, then symbol.
 * @param bars each symbol's bars in ascending order
 * @param own the user's indicators
 * @throws ConfigurationError when one of them fails
 */
export function signalsFromBars(
  bars: Bars,
  calendar: ExchangeCalendar,
  own: readonly Indicator[] = [],
): BarSignals {
  const signals: Signal[] = []
  const skipped: SkippedRow[] = []
  const sessions = sessionsBy(calendar)
  for (const { symbol, timeframe, bars: series } of seriesOf(bars)) {
    const fold = new SeriesFold({ source: BARS_SOURCE, symbol, timeframe, sessions, own })
    for (const bar of series) {
      const at = barEnd(bar, timeframe, calendar)
      if (at === null) skipped.push({ symbol, date: dateOf(bar.startsAt) })
      else signals.push(fold.next(bar, at))
    }
  }
  signals.sort((left, right) => left.eventTs - right.eventTs || compare(left.symbol, right.symbol))
  return { signals, skipped }
}
