/** Bars of another time as if they were of today. Pure. */
import { asEpochMs, floorToMinute, type EpochMs } from '../../domain/time.ts'
import type { Bar, Bars } from '../../market/bars.ts'

/**
 * Moves all bars by whole minutes, so that the first that begins at `from` or after it begins with the minute of `now`; `from` null: the
 * first of all. They are not moved to days or hours at which the exchange is open.
 */
export function shiftedBars(bars: Bars, from: EpochMs | null, now: EpochMs): Bar[] {
  let first: number = Number.POSITIVE_INFINITY
  for (const { startsAt } of bars)
    if (startsAt < first && (from === null || startsAt >= from)) first = startsAt
  if (!Number.isFinite(first)) return [...bars]
  const by = floorToMinute(now) - floorToMinute(asEpochMs(first))
  return Array.from(bars, (bar) => ({ ...bar, startsAt: asEpochMs(bar.startsAt + by) }))
}
