/** Which series the strategies of a catalog want, and what they want that Alpaca's bars cannot give. Pure. */
import { isCrypto } from '../domain/symbol.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'
import { timeframeKey } from '../domain/timeframe-name.ts'
import { ONE_DAY, ONE_MINUTE, ONE_MONTH, ONE_WEEK, type Timeframe } from '../market/timeframe.ts'

export interface WantedSeries {
  readonly symbol: string
  readonly timeframe: Timeframe
}

/** A wish of a strategy that no bar will come for. */
export interface Unasked {
  readonly strategyId: string
  readonly reason: string
}

export interface Wanted {
  /** Each once, by symbol, then timeframe. */
  readonly series: readonly WantedSeries[]
  readonly unasked: readonly Unasked[]
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const MOST_MINUTES = 59
const MOST_HOURS = 23

/** Of the enabled strategies. */
export function wantedSeries(strategies: readonly StrategyDefinition[]): Wanted {
  const series = new Map<string, WantedSeries>()
  const unasked: Unasked[] = []
  for (const { id: strategyId, enabled, baseTimeframe, universeSymbols } of strategies) {
    if (!enabled) continue
    const timeframe = servedTimeframe(baseTimeframe)
    if (universeSymbols === null)
      unasked.push({ strategyId, reason: 'it names no symbols: bars are read by symbol' })
    if (timeframe === null)
      unasked.push({
        strategyId,
        reason: `there are no bars of ${baseTimeframe}: 1-59Min, 1-23Hour, 1Day, 1Week, 1Month`,
      })
    for (const symbol of timeframe === null ? [] : (universeSymbols ?? [])) {
      // where a week of coins begins is written down nowhere
      if (timeframe !== null && timeframe.durationMs > ONE_DAY.durationMs && isCrypto(symbol))
        unasked.push({ strategyId, reason: `${symbol}: of coins only bars of up to a day are read` })
      else if (timeframe !== null) series.set(`${symbol} ${timeframe.name}`, { symbol, timeframe })
    }
  }
  const keys = [...series.keys()].sort()
  return { series: keys.flatMap((key) => series.get(key) ?? []), unasked }
}

/**
 * The timeframe under the one name that bars of a file get too, where Alpaca has it
 * (https://docs.alpaca.markets/reference/stockbars); null: it has none of this length.
 */
export function servedTimeframe(name: string): Timeframe | null {
  const key = timeframeKey(name)
  const long = [ONE_DAY, ONE_WEEK, ONE_MONTH].find((one) => timeframeKey(one.name) === key)
  if (long !== undefined) return long
  const durationMs = key.endsWith('s') ? Number(key.slice(0, -1)) * 1000 : Number.NaN
  if (durationMs % HOUR_MS === 0 && durationMs / HOUR_MS <= MOST_HOURS)
    return { name: `${durationMs / HOUR_MS}Hour`, durationMs }
  if (
    durationMs % MINUTE_MS === 0 &&
    durationMs / MINUTE_MS <= MOST_MINUTES &&
    durationMs >= ONE_MINUTE.durationMs
  )
    return { name: `${durationMs / MINUTE_MS}Min`, durationMs }
  return null
}
