/** From how many of the last stored bars a fold is made again whose state is missing (docs/market-data.md). Pure. */
import { ONE_MINUTE } from '../market/timeframe.ts'
import type { WantedSeries } from './wanted-series.ts'

const DAY_MS = 86_400_000
/** As many as a series' history keeps whatever the retention. */
const BARS = 600

/** Enough for the averages to have forgotten what was before; where the session's VWAP is told, a whole day of coins. */
export function warmUpBars({ timeframe: { durationMs } }: WantedSeries): number {
  return durationMs <= ONE_MINUTE.durationMs ? Math.max(BARS, DAY_MS / durationMs) : BARS
}
