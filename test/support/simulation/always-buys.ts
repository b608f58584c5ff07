/** A strategy that wants to buy on every signal, so that every signal is an order. */
import { decimal } from '../../../lib/domain/decimal.ts'
import type { StrategyDefinition } from '../../../lib/domain/strategy-definition.ts'
import type { StrategyPlugin } from '../../../lib/strategy/plugin.ts'

export const alwaysBuys: StrategyPlugin = {
  pluginId: 'always_buys',
  version: '1.0.0',
  requiredFeatures: ['price'],
  evaluate: () => ({
    direction: 'buy',
    confidence: decimal('0.5'),
    targetNotional: decimal('1000'),
    explain: ['always'],
  }),
}

export const buyEverything: readonly StrategyDefinition[] = [
  {
    id: 'buyer',
    name: 'buyer',
    strategyType: 'always_buys',
    version: '1.0.0',
    enabled: true,
    baseTimeframe: '1Min',
    universeSymbols: null,
    legacyFallback: null,
    params: { max_notional_per_trade: '1000' },
  },
]
