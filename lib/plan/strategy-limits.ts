/**
 * What a strategy's own parameters allow it to trade (docs/architecture.md#sizing), in
 * the words that strategies are written with: `max_notional_per_trade` (the account's currency) and
 * `max_position_pct_equity` (a fraction of the equity; 0.02 is 2 %).
 *
 * A parameter that is absent, not a number or not positive sets no limit.
 */
import { type Decimal, min, parseDecimal } from '../domain/decimal.ts'
import type { Json } from '../domain/signal.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'
import { shareOf } from './amounts.ts'

/** The most that one order of the strategy may be worth; null when it sets no limit. */
export function strategyCap(strategy: StrategyDefinition, equity: Decimal): Decimal | null {
  const notional = positiveParam(strategy, 'max_notional_per_trade')
  const fraction = positionFraction(strategy)
  const share = fraction === null ? null : shareOf(equity, fraction)
  if (notional === null || share === null) return notional ?? share
  return min(notional, share)
}

/** The most that a position may be of the equity, as a fraction; null when the strategy sets no limit. */
export function positionFraction(strategy: StrategyDefinition): Decimal | null {
  return positiveParam(strategy, 'max_position_pct_equity')
}

function positiveParam(strategy: StrategyDefinition, name: string): Decimal | null {
  const value: Json | undefined = Object.hasOwn(strategy.params, name) ? strategy.params[name] : undefined
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const parsed = parseDecimal(String(value))
  return parsed !== null && parsed > 0n ? parsed : null
}
