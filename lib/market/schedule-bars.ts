/** The schedule of bars: its steps, and what of the file makes none. */
import type { Indicator } from '../domain/indicator.ts'
import { barEnd, dateOf, seriesOf } from './bar-series.ts'
import { BarSteps } from './bar-steps.ts'
import type { Bars, BarSeries } from './bars.ts'
import type { ExchangeCalendar } from './calendar/exchange-calendar.ts'
import type { SkippedRow } from './indicators.ts'
import { scaleJumps } from './scale-jumps.ts'
import { type DateRange, type Schedule, isDateIn } from './schedule.ts'
import { isDaily } from './timeframe.ts'

/** Indicators are warmed up on the bars before the range. @throws ConfigurationError, in a walk, when one of the user's fails */
export function scheduleBars(
  bars: Bars,
  calendar: ExchangeCalendar,
  range: DateRange,
  own: readonly Indicator[] = [],
): Schedule {
  const series = seriesOf(bars)
  const steps = new BarSteps(series, { calendar, range, own })
  return {
    steps,
    prices: () => steps.prices(),
    observed: (isEnough) => steps.observed(isEnough),
    skipped: skippedOf(series, calendar, range),
    repeated: 0,
    jumps: scaleJumps(series).filter(({ date }) => isDateIn(date, range)),
  }
}

function skippedOf(series: readonly BarSeries[], calendar: ExchangeCalendar, range: DateRange): SkippedRow[] {
  const skipped: SkippedRow[] = []
  for (const { symbol, timeframe, bars: own } of series) {
    // a bar within a day always ends
    if (!isDaily(timeframe)) continue
    for (const bar of own) {
      if (barEnd(bar, timeframe, calendar) !== null) continue
      const date = dateOf(bar.startsAt)
      if (isDateIn(date, range)) skipped.push({ symbol, date })
    }
  }
  return skipped
}
