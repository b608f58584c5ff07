/** From where bars are read for a series that begins anew: far enough back for its first bars. Pure. */
import { asEpochMs, type EpochMs } from '../domain/time.ts'
import { dateOf } from '../market/bar-series.ts'
import type { ExchangeCalendar } from '../market/calendar/exchange-calendar.ts'
import { isDaily } from '../market/timeframe.ts'
import type { WantedSeries } from './wanted-series.ts'

const DAY_MS = 86_400_000
/** Days that are looked through at most: far more than a calendar is ever closed for. */
const MOST_DAYS = 4000

/** The start of the range that holds at least `count` bars of open sessions up to `now`. */
export function warmUpStart(
  { symbol, timeframe }: WantedSeries,
  count: number,
  calendar: ExchangeCalendar,
  now: EpochMs,
): EpochMs {
  if (isDaily(timeframe)) {
    const days = Math.ceil((count * timeframe.durationMs) / DAY_MS)
    // weekends and holidays; one bar more, since the one under way is none
    return asEpochMs(midnight(now) - (Math.ceil(days * 1.6) + 10) * DAY_MS)
  }
  // without any, the bar that has closed last
  if (count === 0) return floorTo(now - timeframe.durationMs, timeframe.durationMs)
  let missing = count * timeframe.durationMs
  for (let days = 0; days < MOST_DAYS; days += 1) {
    const session = calendar.sessionOn(symbol, dateOf(asEpochMs(now - days * DAY_MS)))
    if (session === null) continue
    const open = Math.min(session.closesAt, now) - session.opensAt
    if (open >= missing) return floorTo(Math.min(session.closesAt, now) - missing, timeframe.durationMs)
    missing -= Math.max(0, open)
  }
  return asEpochMs(midnight(now) - MOST_DAYS * DAY_MS)
}

function midnight(at: EpochMs): number {
  return Math.floor(at / DAY_MS) * DAY_MS
}

function floorTo(at: number, unit: number): EpochMs {
  return asEpochMs(Math.floor(at / unit) * unit)
}
