/**
 * `intraday_tsmom@1.1.0`: time-series momentum within the day. Buys a confirmed upward trend while
 * volatility is inside its budget, sells a downward one that is overbought.
 */
import { type Decimal, asDecimal, decimal, min } from '../../domain/decimal.ts'
import type { StrategyIntent } from '../../domain/intent.ts'
import type { FeatureVector } from '../plugin.ts'
import { type PreparedPlugin, preparedPlugin, targetNotional, oncePerVector } from '../prepared-plugin.ts'

/** What the rule can answer, whatever the notional. */
type Verdict = Pick<StrategyIntent, 'direction' | 'confidence' | 'explain'>

const BUY = {
  minVolatility: decimal('0.001'),
  maxVolatility: decimal('0.012'),
  minMomentum: decimal('0.04'),
  minRsi: decimal('52'),
  maxRsi: decimal('62'),
  confidence: decimal('0.64'),
  strongMomentum: decimal('0.10'),
  strongMomentumBonus: decimal('0.05'),
  calmVolatility: decimal('0.008'),
  calmVolatilityBonus: decimal('0.03'),
  maxConfidence: decimal('0.82'),
  explain: Object.freeze(['tsmom_trend_up', 'momentum_confirmed', 'volatility_within_budget']),
} as const

const SELL = {
  minRsi: decimal('66'),
  minMomentum: decimal('0.06'),
  confidence: decimal('0.62'),
  overboughtRsi: decimal('72'),
  overboughtBonus: decimal('0.03'),
  maxConfidence: decimal('0.78'),
  explain: Object.freeze(['tsmom_trend_down', 'momentum_reversal_exit']),
} as const

const BUYS = {
  plain: buyWith(0n),
  calm: buyWith(BUY.calmVolatilityBonus),
  strong: buyWith(BUY.strongMomentumBonus),
  strongAndCalm: buyWith(BUY.strongMomentumBonus + BUY.calmVolatilityBonus),
} as const
const SELLS = { plain: sellWith(0n), overbought: sellWith(SELL.overboughtBonus) } as const
const VERDICTS: readonly Verdict[] = [...Object.values(BUYS), ...Object.values(SELLS)]

export function intradayTsmom(): PreparedPlugin {
  const verdict = oncePerVector(verdictOf)
  return preparedPlugin(
    {
      pluginId: 'intraday_tsmom',
      version: '1.1.0',
      requiredFeatures: ['ema12', 'ema26', 'macd', 'macd_signal', 'rsi14'],
    },
    (params) => {
      const notional = targetNotional(params)
      const intents = new Map(VERDICTS.map((answer) => [answer, intentOf(answer, notional)]))
      return (features) => {
        const answer = verdict(features)
        return answer === null ? null : (intents.get(answer) ?? null)
      }
    },
    (features) => verdict(features) === null,
  )
}

function verdictOf({ values }: FeatureVector): Verdict | null {
  const { ema12, ema26, macd, macd_signal: signal, rsi14, vol_realized_w60s: volatility } = values
  if (ema12 === null || ema26 === null || macd === null || signal === null || rsi14 === null) return null
  if (ema12 > ema26) return macd > signal ? buy(macd - signal, rsi14, volatility) : null
  return ema12 < ema26 && macd < signal ? sell(signal - macd, rsi14) : null
}

function buy(momentum: bigint, rsi14: Decimal, volatility: Decimal | null): Verdict | null {
  if (momentum < BUY.minMomentum || rsi14 < BUY.minRsi || rsi14 > BUY.maxRsi) return null
  if (volatility !== null && (volatility < BUY.minVolatility || volatility > BUY.maxVolatility)) return null
  const calm = volatility !== null && volatility <= BUY.calmVolatility
  if (momentum >= BUY.strongMomentum) return calm ? BUYS.strongAndCalm : BUYS.strong
  return calm ? BUYS.calm : BUYS.plain
}

function sell(momentum: bigint, rsi14: Decimal): Verdict | null {
  if (momentum < SELL.minMomentum || rsi14 < SELL.minRsi) return null
  return rsi14 >= SELL.overboughtRsi ? SELLS.overbought : SELLS.plain
}

function buyWith(bonus: bigint): Verdict {
  const confidence = min(asDecimal(BUY.confidence + bonus), BUY.maxConfidence)
  return Object.freeze({ direction: 'buy', confidence, explain: BUY.explain })
}

function sellWith(bonus: bigint): Verdict {
  const confidence = min(asDecimal(SELL.confidence + bonus), SELL.maxConfidence)
  return Object.freeze({ direction: 'sell', confidence, explain: SELL.explain })
}

function intentOf({ direction, confidence, explain }: Verdict, notional: Decimal): StrategyIntent {
  return Object.freeze({ direction, confidence, targetNotional: notional, explain })
}
