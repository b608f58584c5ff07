/**
 * Which bars are closed, and when it is worth asking for more (docs/market-data.md). Pure.
 *
 * A bar within a day is closed at its end. One of days or longer is, once the next session has opened: that is when a backtest
 * sees it, no order can be sent for it before, and what trades after the close changes it until then.
 */
import { asEpochMs, type EpochMs } from '../domain/time.ts'
import { barEnd, dateOf } from '../market/bar-series.ts'
import type { Bar } from '../market/bars.ts'
import type { ExchangeCalendar } from '../market/calendar/exchange-calendar.ts'
import { isDaily, type Timeframe } from '../market/timeframe.ts'
import type { WantedSeries } from './wanted-series.ts'

const HOUR_MS = 3_600_000
/** Shares trade from 4:00 to 20:00 in New York around a session from 9:30 (https://docs.alpaca.markets/docs/orders-at-alpaca). */
const BEFORE_OPEN_MS = 5.5 * HOUR_MS
const AFTER_OPEN_MS = 10.5 * HOUR_MS
const EVENING_MS = 6 * HOUR_MS
/** For so long after an opening the bars of days are asked for again with each run. */
const OPENING_MS = 600_000
/** Far more than it takes to make a minute's bar. */
const COMES_WITHIN_MS = 5000

/** When a closed bar ended; null for one that is not closed yet, or whose exchange had no session. */
export function closedAt(
  bar: Bar,
  timeframe: Timeframe,
  calendar: ExchangeCalendar,
  now: EpochMs,
): EpochMs | null {
  const end = barEnd(bar, timeframe, calendar)
  if (end === null) return null
  const knownAt = isDaily(timeframe) ? calendar.nextSession(bar.symbol, asEpochMs(end - 1))?.opensAt : end
  return knownAt !== undefined && knownAt <= now ? end : null
}

/**
 * The moment that a series is worth asking at: the last end of a bar that may have closed, or the opening of a session for bars
 * of days. The same moment again tells nothing new. Null while nothing can have closed.
 */
export function dueMoment(
  { symbol, timeframe }: WantedSeries,
  calendar: ExchangeCalendar,
  now: EpochMs,
): EpochMs | null {
  if (isDaily(timeframe)) return calendar.sessionAt(symbol, now)?.opensAt ?? null
  const { durationMs } = timeframe
  const end = Math.floor(now / durationMs) * durationMs
  return tradedBetween(symbol, end - durationMs, end, calendar) ? asEpochMs(end) : null
}

/** Whether a bar that has ended at the moment may come yet, though nobody has it. */
export function mayComeYet(
  wanted: WantedSeries,
  moment: EpochMs,
  calendar: ExchangeCalendar,
  now: EpochMs,
): boolean {
  return now - moment < COMES_WITHIN_MS && dueMoment(wanted, calendar, now) === moment
}

/** Whether a moment that was asked at is to be asked at once more. */
export function isWorthAgain({ timeframe }: WantedSeries, moment: EpochMs, now: EpochMs): boolean {
  return isDaily(timeframe) && now - moment < OPENING_MS
}

/** Whether a share or coin may have been traded then, before and after its session included. */
function tradedBetween(symbol: string, from: number, to: number, calendar: ExchangeCalendar): boolean {
  // an evening in New York is the next day in UTC
  for (const at of [from - EVENING_MS, to - 1]) {
    const session = calendar.sessionOn(symbol, dateOf(asEpochMs(at)))
    if (session === null) continue
    const until = Math.max(session.closesAt, session.opensAt + AFTER_OPEN_MS)
    if (to > session.opensAt - BEFORE_OPEN_MS && from < until) return true
  }
  return false
}
