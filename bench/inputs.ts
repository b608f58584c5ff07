/** What the benchmark runs on: real bars as signals, and a mix of the two built-in strategies. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Signal } from '../lib/domain/signal.ts'
import { packagedBars } from '../lib/local/packaged-bars.ts'
import { parseBars } from '../lib/market/bars-file/parse-bars.ts'
import { createCalendar } from '../lib/market/calendar/create-calendar.ts'
import { signalsFromBars } from '../lib/market/indicators.ts'
import type { StrategyDefinition } from '../lib/domain/strategy-definition.ts'
import type { FloorStrategy } from './floor.ts'

const CALENDAR = createCalendar('us_equities')
export const MARKET_FILE = 'market/us-equities-1min-2013-10.csv'

export interface Inputs {
  /** Null for the packaged bars. */
  readonly barsFile: string | null
  readonly signals: readonly Signal[]
}

/** Minute bars of `../shared/market`, or the packaged daily ones where that is absent. */
export function readInputs(root: string): Inputs {
  const barsFile = join(process.env['TORGHUT_SHARED'] ?? resolve(root, '../shared'), MARKET_FILE)
  if (!existsSync(barsFile))
    return { barsFile: null, signals: signalsFromBars(packagedBars(), CALENDAR).signals }
  const bars = parseBars(readFileSync(barsFile, 'utf8'), barsFile)
  return { barsFile, signals: signalsFromBars(bars, CALENDAR).signals }
}

/** Built-ins in turn, with notionals that differ, so that ranking has work to do. */
export function benchStrategies(count: number, timeframe: string): StrategyDefinition[] {
  return Array.from({ length: count }, (_, index) => {
    const legacy = index % 2 === 0
    return {
      id: `strategy-${String(index).padStart(3, '0')}`,
      name: `Strategy ${index}`,
      strategyType: legacy ? 'legacy_macd_rsi' : 'intraday_tsmom',
      version: legacy ? '1.0.0' : '1.1.0',
      enabled: true,
      baseTimeframe: timeframe,
      universeSymbols: null,
      legacyFallback: null,
      params: { max_notional_per_trade: notionalText(index) },
    }
  })
}

export function floorStrategies(definitions: readonly StrategyDefinition[]): FloorStrategy[] {
  return definitions.map(({ id, strategyType, baseTimeframe }, index) => ({
    id,
    rule: strategyType === 'legacy_macd_rsi' ? 'legacy_macd_rsi' : 'intraday_tsmom',
    timeframe: baseTimeframe,
    notional: Number(notionalText(index)),
  }))
}

function notionalText(index: number): string {
  return `${500 + ((index * 37) % 100) * 10}.25`
}
