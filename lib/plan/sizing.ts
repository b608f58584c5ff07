/**
 * From an intent's notional to an order's quantity (docs/architecture.md#sizing).
 *
 * Budget = min(target notional, sum of the source strategies' caps, global cap, equity share), divided by
 * the price, rounded down to the symbol's step. Invariants: quantity x price never exceeds the budget, to
 * the last digit, but for the remainder of less than one share that a sell takes with it, and for an order that closes a
 * position as a strategy wants it, which has no budget; of a limit buy the limit is the price; a quantity is never
 * rounded up; an order never takes a position through zero, which the broker refuses
 * (https://github.com/alpacahq/alpaca-trade-api-python/issues/129): the rest comes with a later signal.
 */
import type { Settings } from '../domain/settings.ts'
import { type Decimal, ONE, ZERO, asDecimal, decimal, floorToStep, min, mul } from '../domain/decimal.ts'
import type { Direction } from '../domain/intent.ts'
import { isCrypto } from '../domain/symbol.ts'
import { quantityFor, shareOf } from './amounts.ts'
import { isBeyondLimit, judgedPrice } from '../domain/limit-price.ts'

/** Of a pair that is quoted in dollars; others are not bought at all. */
const LEAST_COIN_PURCHASE = decimal('10')

export type SizingLimits = Pick<Settings, 'maxNotionalPerTrade' | 'maxPositionPctEquity' | 'allowShorts'>

export interface SizingInputs {
  readonly symbol: string
  readonly side: Direction
  /** The signal's, in the account's currency per unit; null or not positive when it has no usable one. */
  readonly price: Decimal | null
  /** In the broker's increments; null for an order at any price. */
  readonly limitPrice: Decimal | null
  readonly targetNotional: Decimal
  /** Sum of the source strategies' caps. */
  readonly sourceCaps: Decimal
  readonly equity: Decimal
  /** What the order can close at most; null when there is no position on the other side. */
  readonly closable: Decimal | null
  /** Whether all that it can close is to go, under no budget. */
  readonly closes: boolean
  readonly limits: SizingLimits
}

export interface Sizing {
  /** Zero when there is nothing to order. */
  readonly quantity: Decimal
  /** Null when the order goes at the market, as one for a part of a share must. */
  readonly limitPrice: Decimal | null
  readonly denied: 'qty_below_min' | 'shorts_not_allowed' | null
}

/** The smallest quantity that can be traded: whole shares, or 1e-8 of a crypto coin. */
export function stepOf(symbol: string): Decimal {
  return isCrypto(symbol) ? asDecimal(1n) : ONE
}

/** Whether a symbol may be sold without being held: shares if that is allowed, coins never. */
export function maySellShort(symbol: string, { allowShorts }: Pick<Settings, 'allowShorts'>): boolean {
  return allowShorts && !isCrypto(symbol)
}

type BudgetInputs = Pick<SizingInputs, 'targetNotional' | 'sourceCaps' | 'equity' | 'limits'>

/** Each amount that the budget may not exceed, by what sets it; the setting's name where one does. */
export function budgetBounds(inputs: BudgetInputs): readonly (readonly [name: string, amount: Decimal])[] {
  const { maxNotionalPerTrade, maxPositionPctEquity } = inputs.limits
  const bounds: [string, Decimal][] = [
    ['target_notional', inputs.targetNotional],
    ['strategy_caps', inputs.sourceCaps],
  ]
  if (maxNotionalPerTrade !== null) bounds.push(['TRADING_MAX_NOTIONAL_PER_TRADE', maxNotionalPerTrade])
  if (maxPositionPctEquity !== null) {
    bounds.push(['TRADING_MAX_POSITION_PCT_EQUITY', shareOf(inputs.equity, maxPositionPctEquity)])
  }
  return bounds
}

export function budgetOf(inputs: BudgetInputs): Decimal {
  const [first = ZERO, ...others] = budgetBounds(inputs).map(([, amount]) => amount)
  return min(first, ...others)
}

/** Sizes an order. Without a usable price there is no quantity and no denial: `missing_price` says why. */
export function sizeOrder(inputs: SizingInputs): Sizing {
  const { symbol, side, price, limitPrice, closable: held, limits } = inputs
  const nothing = { quantity: ZERO, limitPrice }
  if (side === 'sell' && !maySellShort(symbol, limits) && (held === null || held <= 0n)) {
    return { ...nothing, denied: 'shorts_not_allowed' }
  }
  const judged = judgedPrice(inputs)
  if (price === null || price <= 0n || judged === null) return { ...nothing, denied: null }
  const step = stepOf(symbol)
  // a part of a share goes at the market alone: not at all where the market is beyond the limit
  const isBeyond = limitPrice !== null && isBeyondLimit(side, price, limitPrice)
  const closable = held !== null && isBeyond ? floorToStep(held, step) : held
  const quantity = inputs.closes ? (closable ?? ZERO) : boughtOrSold(inputs, judged, closable, step)
  if (quantity <= 0n || isTooSmallToBuy(inputs, quantity, price))
    return { ...nothing, denied: 'qty_below_min' }
  return { quantity, limitPrice: quantity % step === 0n ? limitPrice : null, denied: null }
}

/**
 * Coins bought for less than ten dollars are refused by the broker ("cost basis must be >= minimal amount of order 10");
 * sells, and pairs quoted in other coins, are not (https://github.com/ccxt/ccxt/pull/30101).
 */
function isTooSmallToBuy(
  { symbol, side, limitPrice }: SizingInputs,
  quantity: Decimal,
  price: Decimal,
): boolean {
  if (side !== 'buy' || !isCrypto(symbol)) return false
  return mul(quantity, limitPrice ?? price) < LEAST_COIN_PURCHASE
}

/** What the budget is good for, as far as the order does not go through zero. */
function boughtOrSold(
  inputs: SizingInputs,
  judged: Decimal,
  closable: Decimal | null,
  step: Decimal,
): Decimal {
  if (judged <= 0n) return ZERO
  const wanted = quantityFor(budgetOf(inputs), judged)
  return closable === null ? floorToStep(wanted, step) : closingQuantity(wanted, closable, step)
}

/** Of a position no more than there is; one that would leave less than a step of it takes the remainder with it. */
function closingQuantity(wanted: Decimal, closable: Decimal, step: Decimal): Decimal {
  if (wanted >= closable) return closable
  const whole = floorToStep(wanted, step)
  return whole > 0n && closable - whole < step ? closable : whole
}
