/**
 * The strategy of the simulation: what it wants stands in the signal, so that a scenario decides it. In some worlds it looks
 * back, and says what it saw.
 */
import { type Decimal, decimal, formatDecimal } from '../../../lib/domain/decimal.ts'
import type { StrategyDefinition } from '../../../lib/domain/strategy-definition.ts'
import { catalogHash } from '../../../lib/strategy/compile.ts'
import type { FeatureVector, PluginIntent, StrategyPlugin } from '../../../lib/strategy/plugin.ts'
import { builtinRegistry } from '../../../lib/strategy/registry.ts'
import type { Special } from './special-kinds.ts'

export type Wish = 'buy' | 'sell' | 'nothing' | 'error'

/** That a plugin may give. */
const MOST_REASONS = 32
const CENT = decimal('0.01')

const marketReader: StrategyPlugin = {
  pluginId: 'market_reader',
  version: '1.0.0',
  requiredFeatures: ['price'],
  evaluate: (_, features) => wished(features, []),
}

/** Signals that are made of bars wish for nothing: some of their prices do. */
const barReader: StrategyPlugin = {
  ...marketReader,
  pluginId: 'bar_reader',
  needs: 'price',
  evaluate: (_, features) => wished(features, [], isWanted(features) ? 'buy' : 'nothing'),
}

/** By the cents. */
function isWanted({ values: { price } }: FeatureVector): boolean {
  return price !== null && (price / CENT) % 3n === 0n
}

/** @param saw beside what the signal says, as reasons */
function wished(
  { values, custom }: FeatureVector,
  saw: readonly string[],
  wish: string | null = values.route_regime_label,
): PluginIntent | null {
  if (wish === 'error') throw new Error('the strategy cannot decide')
  if (wish !== 'buy' && wish !== 'sell') return null
  const { limit } = custom
  const reasons = reasonsOf(values.signal_quality_flag ?? 'as the signal says')
  return {
    direction: wish,
    confidence: decimal('0.5'),
    targetNotional: decimal('1000'),
    explain: [...saw, ...reasons].slice(0, MOST_REASONS),
    ...(typeof limit === 'bigint' ? { limitPrice: limit } : {}),
  }
}

/** How many vectors it looks back. */
export const LOOKS_BACK = 2

const marketRememberer: StrategyPlugin = {
  ...marketReader,
  pluginId: 'market_rememberer',
  history: LOOKS_BACK,
  evaluate: ({ history }, features) => {
    const past = history.map(({ custom }) => numberOf(custom['number']))
    return wished(features, [`${numberOf(features.custom['number'])} after ${past.join(' ')}`])
  },
}

function numberOf(value: unknown): string {
  return typeof value === 'bigint' ? formatDecimal(value as Decimal) : 'nothing'
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
  /** Among all signals, where a strategy looks back. */
  readonly number?: number
}

export function payloadFor({
  wish,
  price,
  reason = '',
  limit,
  number,
}: Wished): Readonly<Record<string, string>> {
  return {
    price,
    macd: '1',
    macd_signal: '0',
    rsi14: '50',
    regime_label: wish,
    ...(reason === '' ? {} : { signal_quality_flag: reason }),
    ...(limit === undefined ? {} : { limit }),
    ...(number === undefined ? {} : { number: String(number) }),
  }
}

export const REGISTRY = builtinRegistry([marketReader, marketRememberer, barReader])

/** What the strategy may spend on one order. */
const CAP = '1000'
/** As strategies files had it before they were refused for it. */
const UNREADABLE_CAP = '1,000'

function catalogWith(
  { pluginId, version }: StrategyPlugin,
  universeSymbols: readonly string[] | null = null,
  cap = CAP,
) {
  const strategies: readonly StrategyDefinition[] = [
    {
      id: 'reader',
      name: 'reader',
      strategyType: pluginId,
      version,
      enabled: true,
      baseTimeframe: '1Min',
      universeSymbols,
      legacyFallback: null,
      params: { max_notional_per_trade: cap },
    },
  ]
  return { hash: catalogHash(strategies), strategies }
}

const CATALOG = catalogWith(marketReader)
const LOOKING_BACK = catalogWith(marketRememberer)
const UNCAPPED = catalogWith(marketReader, null, UNREADABLE_CAP)

export function catalogOf({
  looksBack,
  special,
}: {
  readonly looksBack: boolean
  readonly special: Special | null
}): typeof CATALOG {
  if (special?.kind === 'unreadable_cap') return UNCAPPED
  if (special?.kind === 'market_data') {
    const { symbols, unknownSymbol } = special
    return catalogWith(barReader, unknownSymbol ? [...symbols, 'NOPE'] : symbols)
  }
  if (special?.kind === 'bar_windows') return catalogWith(barReader, special.symbols)
  return looksBack ? LOOKING_BACK : CATALOG
}
