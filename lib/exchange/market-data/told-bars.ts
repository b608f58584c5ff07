/**
 * Which bars a stream tells of, and on which channel: minutes, days, and bars told anew
 * (https://docs.alpaca.markets/docs/real-time-stock-pricing-data, "Bars": `bars`, `dailyBars`, `updatedBars`). Pure.
 */
import type { EpochMs } from '../../domain/time.ts'
import type { Bar } from '../../market/bars.ts'
import { isDaily, ONE_MINUTE } from '../../market/timeframe.ts'
import type { MarketTape, TapeSeries } from './market-tape.ts'
import { namedBy } from './wire-bar.ts'

export interface ToldBar {
  readonly channel: 'bars' | 'updatedBars' | 'dailyBars'
  readonly bar: Bar
  /** What it is named by. */
  readonly at: EpochMs
}

/** What has come after one instant and until another, in order of time, then the revisions that came after so many. */
export function toldBetween(tape: MarketTape, after: EpochMs, until: EpochMs, revisions: number): ToldBar[] {
  const come = tape.symbols.flatMap((symbol) => {
    const series = tape.series(symbol)
    const channel = series === undefined ? null : channelOf(series)
    if (series === undefined || channel === null) return []
    return series.bars
      .slice(tape.shown(series, after), tape.shown(series, until))
      .map(({ bar, at }) => ({ at, told: { channel, bar, at: namedBy(bar, series.timeframe, tape) } }))
  })
  const anew = tape.revisions.slice(revisions).flatMap(({ bar, at }): ToldBar[] => {
    const series = tape.series(bar.symbol)
    if (at > after || series === undefined || channelOf(series) !== 'bars') return []
    return [{ channel: 'updatedBars', bar, at: bar.startsAt }]
  })
  return [...come.sort((left, right) => left.at - right.at).map(({ told }) => told), ...anew]
}

/** Null for bars that no channel tells of: those of other lengths. */
function channelOf({ timeframe }: TapeSeries): 'bars' | 'dailyBars' | null {
  if (isDaily(timeframe)) return 'dailyBars'
  return timeframe.durationMs === ONE_MINUTE.durationMs ? 'bars' : null
}
