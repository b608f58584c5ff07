/**
 * `legacy_macd_rsi@1.0.0`: buys a MACD that has crossed up while the RSI says oversold, sells the opposite.
 * It is also the legacy rule of the cycle (docs/architecture.md#legacy-path).
 */
import { decimal } from '../../domain/decimal.ts'
import type { Direction, StrategyIntent } from '../../domain/intent.ts'
import type { FeatureVector } from '../plugin.ts'
import {
  type PreparedPlugin,
  type PreparedRule,
  type StrategyParams,
  preparedPlugin,
  targetNotional,
  oncePerVector,
} from '../prepared-plugin.ts'

const OVERSOLD = decimal('35')
const OVERBOUGHT = decimal('65')
const CONFIDENCE = decimal('0.65')

export function legacyMacdRsi(): PreparedPlugin {
  const direction = oncePerVector(directionOf)
  return preparedPlugin(
    { pluginId: 'legacy_macd_rsi', version: '1.0.0', requiredFeatures: ['macd', 'macd_signal', 'rsi14'] },
    (params) => ruleFor(params, direction),
    (features) => direction(features) === null,
  )
}

function ruleFor(
  params: StrategyParams,
  direction: (features: FeatureVector) => Direction | null,
): PreparedRule {
  const notional = targetNotional(params)
  const intent = (direction: Direction, explain: readonly string[]): StrategyIntent =>
    Object.freeze({
      direction,
      confidence: CONFIDENCE,
      targetNotional: notional,
      explain: Object.freeze(explain),
    })
  const buy = intent('buy', ['macd_cross_up', 'rsi_oversold'])
  const sell = intent('sell', ['macd_cross_down', 'rsi_overbought'])
  return (features) => {
    const answer = direction(features)
    if (answer === null) return null
    return answer === 'buy' ? buy : sell
  }
}

function directionOf({ values: { macd, macd_signal: signal, rsi14 } }: FeatureVector): Direction | null {
  if (macd === null || signal === null || rsi14 === null) return null
  if (rsi14 < OVERSOLD && macd > signal) return 'buy'
  return rsi14 > OVERBOUGHT && macd < signal ? 'sell' : null
}
