/** From where a series is asked for, and how many of the bars that come are taken. Pure. */
import { asEpochMs, type EpochMs } from '../domain/time.ts'
import type { ExchangeCalendar } from '../market/calendar/exchange-calendar.ts'
import { isDaily } from '../market/timeframe.ts'
import type { Progress } from './progress.ts'
import { warmUpStart } from './warm-up-start.ts'
import type { WantedSeries } from './wanted-series.ts'

export interface Asking {
  /** The start of the first bar. */
  readonly from: EpochMs
  /** Of the bars that are new the last ones; null: all of them. */
  readonly most: number | null
}

const DAY_MS = 86_400_000

/**
 * From the stored bars that are compared once more; a series without any, or behind a whole session that nothing is stored of,
 * from so many bars before now.
 */
export function askFrom(
  wanted: WantedSeries,
  progress: Pick<Progress, 'told' | 'lastEnd'> | null,
  warmUp: number,
  calendar: ExchangeCalendar,
  now: EpochMs,
): Asking {
  const anew = { from: warmUpStart(wanted, warmUp, calendar, now), most: Math.max(1, warmUp) }
  if (progress === null) return anew
  const { durationMs } = wanted.timeframe
  const from = (progress.told[0]?.endedAt ?? progress.lastEnd) - durationMs
  if (isDaily(wanted.timeframe)) return { from: asEpochMs(Math.floor(from / DAY_MS) * DAY_MS), most: null }
  const missed = calendar.nextSession(wanted.symbol, progress.lastEnd)
  const isFarBehind = missed !== null && missed.closesAt <= anew.from
  return isFarBehind ? anew : { from: asEpochMs(from), most: null }
}
