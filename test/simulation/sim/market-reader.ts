/** The strategy of the simulation: what it wants stands in the signal, so that a scenario decides it. */
import { decimal } from '../../../lib/domain/decimal.ts'
import type { StrategyDefinition } from '../../../lib/domain/strategy-definition.ts'
import { catalogHash } from '../../../lib/strategy/compile.ts'
import type { StrategyPlugin } from '../../../lib/strategy/plugin.ts'
import { builtinRegistry } from '../../../lib/strategy/registry.ts'

export type Wish = 'buy' | 'sell' | 'nothing' | 'error'

const marketReader: StrategyPlugin = {
  pluginId: 'market_reader',
  version: '1.0.0',
  requiredFeatures: ['price'],
  evaluate: (_, { values, custom }) => {
    const wish = values.route_regime_label
    if (wish === 'error') throw new Error('the strategy cannot decide')
    if (wish !== 'buy' && wish !== 'sell') return null
    const { limit } = custom
    return {
      direction: wish,
      confidence: decimal('0.5'),
      targetNotional: decimal('1000'),
      explain: reasonsOf(values.signal_quality_flag ?? 'as the signal says'),
      ...(typeof limit === 'bigint' ? { limitPrice: limit } : {}),
    }
  },
}

/** A plugin may give 32 reasons of 256 characters. */
function reasonsOf(text: string): readonly string[] {
  return Array.from({ length: Math.ceil(text.length / 256) }, (_, index) =>
    text.slice(256 * index, 256 * (index + 1)),
  )
}

/** What a signal makes the strategy wish for. */
export interface Wished {
  readonly wish: Wish
  readonly price: string
  readonly reason?: string
  readonly limit?: string
}

export function payloadFor({ wish, price, reason = '', limit }: Wished): Readonly<Record<string, string>> {
  return {
    price,
    macd: '1',
    macd_signal: '0',
    rsi14: '50',
    regime_label: wish,
    ...(reason === '' ? {} : { signal_quality_flag: reason }),
    ...(limit === undefined ? {} : { limit }),
  }
}

export const REGISTRY = builtinRegistry([marketReader])

const STRATEGIES: readonly StrategyDefinition[] = [
  {
    id: 'reader',
    name: 'reader',
    strategyType: 'market_reader',
    version: '1.0.0',
    enabled: true,
    baseTimeframe: '1Min',
    universeSymbols: null,
    legacyFallback: null,
    params: { max_notional_per_trade: '1000' },
  },
]

export const CATALOG = { hash: catalogHash(STRATEGIES), strategies: STRATEGIES }
