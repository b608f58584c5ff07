/**
 * From an intent's notional to an order's quantity (docs/architecture.md#sizing).
 *
 * Budget = min(target notional, sum of the source strategies' caps, global cap, equity share), divided by
 * the price, rounded down to the symbol's step. Invariants: quantity x price never exceeds the budget, to
 * the last digit; a quantity is never rounded up; a sell never exceeds what can be sold without going
 * short, unless shorts are allowed.
 */
import type { Settings } from '../domain/settings.ts'
import { type Decimal, ONE, ZERO, asDecimal, floorToStep, min } from '../domain/decimal.ts'
import type { Direction } from '../domain/intent.ts'
import { isCrypto } from '../domain/symbol.ts'
import { quantityFor, shareOf } from './amounts.ts'

export type SizingLimits = Pick<Settings, 'maxNotionalPerTrade' | 'maxPositionPctEquity' | 'allowShorts'>

export interface SizingInputs {
  readonly symbol: string
  readonly side: Direction
  /** The account's currency per unit; null or not positive when the signal has no usable one. */
  readonly price: Decimal | null
  readonly targetNotional: Decimal
  /** Sum of the source strategies' caps. */
  readonly sourceCaps: Decimal
  readonly equity: Decimal
  /** What can be sold without going short. */
  readonly sellable: Decimal
  readonly limits: SizingLimits
}

export interface Sizing {
  /** Zero when there is nothing to order. */
  readonly quantity: Decimal
  readonly denied: 'qty_below_min' | 'shorts_not_allowed' | null
}

/** The smallest quantity that can be traded: whole shares, or 1e-8 of a crypto coin. */
export function stepOf(symbol: string): Decimal {
  return isCrypto(symbol) ? asDecimal(1n) : ONE
}

export function budgetOf(inputs: Omit<SizingInputs, 'symbol' | 'side' | 'price' | 'sellable'>): Decimal {
  const { maxNotionalPerTrade, maxPositionPctEquity } = inputs.limits
  const limits: Decimal[] = [inputs.sourceCaps]
  if (maxNotionalPerTrade !== null) limits.push(maxNotionalPerTrade)
  if (maxPositionPctEquity !== null) limits.push(shareOf(inputs.equity, maxPositionPctEquity))
  return min(inputs.targetNotional, ...limits)
}

/** Sizes an order. Without a usable price there is no quantity and no denial: `missing_price` says why. */
export function sizeOrder(inputs: SizingInputs): Sizing {
  const { symbol, side, price, sellable } = inputs
  const longOnly = side === 'sell' && !inputs.limits.allowShorts
  if (longOnly && sellable <= 0n) return { quantity: ZERO, denied: 'shorts_not_allowed' }
  if (price === null || price <= 0n) return { quantity: ZERO, denied: null }
  const wanted = quantityFor(budgetOf(inputs), price)
  const quantity = floorToStep(longOnly ? min(wanted, sellable) : wanted, stepOf(symbol))
  return quantity > 0n ? { quantity, denied: null } : { quantity: ZERO, denied: 'qty_below_min' }
}
