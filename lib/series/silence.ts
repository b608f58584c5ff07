/** Which series bring no bars in an open session, and since when (docs/market-data.md). Pure. */
import type { EpochMs } from '../domain/time.ts'
import type { ExchangeCalendar } from '../market/calendar/exchange-calendar.ts'
import { isDaily } from '../market/timeframe.ts'
import type { WantedSeries } from './wanted-series.ts'

export interface Silence {
  /** Of the open session, since its last bar should have been followed by another. */
  readonly ms: number
  /** Quiet: halted, or not traded. Vanished: nothing for a whole session before this one. Unknown: nothing ever. */
  readonly kind: 'quiet' | 'vanished' | 'unknown'
}

/** So long a series may be silent before that is said. */
export const SAID_AFTER_MS = 900_000
/** No bar of any symbol for so long, beyond the time that a bar takes, is an alarm. */
export const ALARM_AFTER_MS = 180_000
const MINUTE_MS = 60_000

/** Null for bars of days, outside of sessions, and for a series whose last bar is not followed by a missing one. */
export function silenceOf(
  { symbol, timeframe }: WantedSeries,
  lastEnd: EpochMs | null,
  calendar: ExchangeCalendar,
  now: EpochMs,
): Silence | null {
  const session = isDaily(timeframe) ? null : calendar.sessionAt(symbol, now)
  if (session === null) return null
  const since = Math.max(lastEnd ?? 0, session.opensAt)
  const ms = now - since - (timeframe.durationMs - MINUTE_MS)
  if (ms < MINUTE_MS) return null
  const missed = lastEnd === null ? null : calendar.nextSession(symbol, lastEnd)
  if (lastEnd === null) return { ms, kind: 'unknown' }
  return { ms, kind: missed !== null && missed.closesAt <= session.opensAt ? 'vanished' : 'quiet' }
}
