/** The schedule of a signals file: each signal's tick comes with its event, daily ones' after the next open. */
import type { ExchangeCalendar } from '../market/calendar/exchange-calendar.ts'
import type { Signal } from '../domain/signal.ts'
import { asEpochMs } from '../domain/time.ts'
import { readFeatures } from '../strategy/features.ts'
import { withoutRepeats } from '../strategy/without-repeats.ts'
import {
  type DateRange,
  type Quote,
  type Schedule,
  ceilToMinute,
  makeSteps,
  nextOpeningTick,
  observedWithin,
} from '../market/schedule.ts'

const DAILY_TIMEFRAME = /day$/i

export function isDailyTimeframe(timeframe: string): boolean {
  return DAILY_TIMEFRAME.test(timeframe)
}

/**
 * Orders fill at the price that the symbol's next signal tells. An observation that the file repeats counts once.
 */
export function scheduleSignals(
  signals: readonly Signal[],
  calendar: ExchangeCalendar,
  range: DateRange,
): Schedule {
  const once = withoutRepeats(signals)
  const ordered = once.toSorted((left, right) => left.eventTs - right.eventTs)
  const timed = ordered
    .filter((signal) => observedWithin(signal, range))
    .flatMap((signal) => {
      const { timeframe, symbol, eventTs } = signal
      const tickAt = isDailyTimeframe(timeframe)
        ? nextOpeningTick(calendar, symbol, eventTs)
        : ceilToMinute(eventTs)
      return tickAt === null ? [] : [{ signal, tickAt }]
    })
  const quotes = ordered.flatMap((signal): Quote[] => {
    const { price } = readFeatures(signal).values
    // One instant early, so that it is there for orders of the tick before, not for its own.
    return price === null ? [] : [{ at: asEpochMs(signal.eventTs - 1), symbol: signal.symbol, price }]
  })
  return { steps: makeSteps(timed, quotes), skipped: [], repeated: signals.length - once.length }
}
