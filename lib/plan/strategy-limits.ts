/**
 * What a strategy's own parameters allow it to trade (docs/architecture.md#sizing).
 *
 * A parameter that is absent sets no limit. One that cannot be read allows nothing: a strategies file with such a one is
 * refused, so it can only come from a catalog that an earlier version took.
 */
import { type Decimal, ZERO, min } from '../domain/decimal.ts'
import { type StrategyCap, readStrategyCap, type StrategyDefinition } from '../domain/strategy-definition.ts'
import { shareOf } from './amounts.ts'

/** The most that one order of the strategy may be worth; null when it sets no limit. */
export function strategyCap(strategy: StrategyDefinition, equity: Decimal): Decimal | null {
  const notional = limit(strategy, 'max_notional_per_trade')
  const fraction = positionFraction(strategy)
  const share = fraction === null ? null : shareOf(equity, fraction)
  if (notional === null || share === null) return notional ?? share
  return min(notional, share)
}

/** The most that a position may be of the equity, as a fraction; null when the strategy sets no limit. */
export function positionFraction(strategy: StrategyDefinition): Decimal | null {
  return limit(strategy, 'max_position_pct_equity')
}

function limit({ params }: StrategyDefinition, cap: StrategyCap): Decimal | null {
  const read = readStrategyCap(params, cap)
  return read === 'unreadable' ? ZERO : read
}
