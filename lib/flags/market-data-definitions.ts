/** The settings of the deployment's own producer of bars (docs/market-data.md). */
import type { Settings } from '../domain/settings.ts'
import { flag, type FlagDefinition } from './flag-definition.ts'
import * as kind from './kinds.ts'

type MarketDataKey = Extract<keyof Settings, `marketData${string}`>

export const MARKET_DATA_DEFINITIONS: {
  readonly [Key in MarketDataKey]: FlagDefinition<Settings[Key]>
} = {
  marketData: flag('TRADING_MARKET_DATA', kind.oneOf('off', 'alpaca'), 'off'),
  marketDataFeed: flag('TRADING_MARKET_DATA_FEED', kind.oneOf('iex', 'sip'), 'iex'),
  marketDataAccount: flag('TRADING_MARKET_DATA_ACCOUNT', kind.label, 'paper'),
  marketDataWarmUpBars: flag('TRADING_MARKET_DATA_WARM_UP_BARS', kind.integer(0, 1000), '100'),
}
