/**
 * What an account is worth and what it may still buy. Pure.
 *
 * Equity is cash plus positions at the last known prices. Buying power is the margin rule in its plain
 * form: multiplier times equity, less the value of all positions (long and short alike), less what open
 * orders would add to it; never below zero.
 */
import { asDecimal, div, max, min, mul, ZERO, type Decimal } from '../domain/decimal.ts'
import type { Direction } from '../domain/intent.ts'
import { heldQuantity, type ExchangeAccount, type ExchangePosition, type ExchangeState } from './model.ts'

export function priceOf(state: ExchangeState, symbol: string): Decimal {
  return state.prices.get(symbol) ?? ZERO
}

export interface MarketValue {
  readonly long: Decimal
  /** Zero or negative. */
  readonly short: Decimal
}

export function marketValue(state: ExchangeState, account: ExchangeAccount): MarketValue {
  let long = 0n
  let short = 0n
  for (const [symbol, { quantity }] of account.positions) {
    const value = mul(quantity, priceOf(state, symbol))
    if (value > 0n) long += value
    else short += value
  }
  return { long: asDecimal(long), short: asDecimal(short) }
}

export function equity(state: ExchangeState, account: ExchangeAccount): Decimal {
  const { long, short } = marketValue(state, account)
  return asDecimal(account.cash + long + short)
}

export interface AccountWorth {
  readonly equity: Decimal
  readonly buyingPower: Decimal
  /** What there is for what nobody lends money for, such as coins: cash that is neither reserved nor from short sales. */
  readonly nonMarginableBuyingPower: Decimal
}

export function accountWorth(state: ExchangeState, account: ExchangeAccount): AccountWorth {
  const { long, short } = marketValue(state, account)
  const worth = asDecimal(account.cash + long + short)
  const taken = reserved(state, account)
  return {
    equity: worth,
    buyingPower: max(ZERO, asDecimal(mul(account.multiplier, worth) - long + short - taken)),
    nonMarginableBuyingPower: max(ZERO, asDecimal(account.cash + short - taken)),
  }
}

interface PricedOrder {
  readonly symbol: string
  readonly side: Direction
  readonly quantity: Decimal
  readonly limitPrice: Decimal | null
}

/**
 * What a unit of an order costs at most: a buy's limit, otherwise the last price; what is sold is worth its limit where that is more
 * (https://docs.alpaca.markets/docs/orders-at-alpaca, "Buying Power").
 */
function worthOf(state: ExchangeState, { symbol, side, limitPrice }: Omit<PricedOrder, 'quantity'>): Decimal {
  const price = priceOf(state, symbol)
  if (limitPrice === null) return price
  return side === 'buy' ? limitPrice : max(limitPrice, price)
}

/** What an order of this size would add to the value of the account's positions, after its open orders. */
export function addedExposure(state: ExchangeState, account: ExchangeAccount, order: PricedOrder): Decimal {
  const held = asDecimal(heldQuantity(account, order.symbol) + pendingQuantity(account, order.symbol))
  return mul(opening(held, order.side, order.quantity), worthOf(state, order))
}

/** What the account's open orders of a side have left to take. */
export function pendingOn(account: ExchangeAccount, symbol: string, side: Direction): Decimal {
  let pending = 0n
  for (const order of account.openOrders) {
    if (order.symbol === symbol && order.side === side) pending += order.quantity - order.filledQuantity
  }
  return asDecimal(pending)
}

/** The account's position after a fill; the average entry price moves only when the position grows. */
export function positionAfter(
  before: ExchangePosition | undefined,
  side: Direction,
  quantity: Decimal,
  price: Decimal,
): ExchangePosition {
  const held = before?.quantity ?? ZERO
  const average = before?.averageEntryPrice ?? ZERO
  const after = asDecimal(side === 'buy' ? held + quantity : held - quantity)
  const opened = opening(held, side, quantity)
  if (opened === 0n) return { quantity: after, averageEntryPrice: average }
  if (opened < quantity) return { quantity: after, averageEntryPrice: price }
  const cost = asDecimal(mul(magnitude(held), average) + mul(quantity, price))
  return { quantity: after, averageEntryPrice: div(cost, magnitude(after)) }
}

function reserved(state: ExchangeState, account: ExchangeAccount): Decimal {
  if (account.openOrders.size === 0) return ZERO
  const held = new Map<string, Decimal>()
  let total = 0n
  for (const order of account.openOrders) {
    const { symbol, side } = order
    const remaining = asDecimal(order.quantity - order.filledQuantity)
    const before = held.get(symbol) ?? heldQuantity(account, symbol)
    total += mul(opening(before, side, remaining), worthOf(state, order))
    held.set(symbol, asDecimal(side === 'buy' ? before + remaining : before - remaining))
  }
  return asDecimal(total)
}

function pendingQuantity(account: ExchangeAccount, symbol: string): Decimal {
  return asDecimal(pendingOn(account, symbol, 'buy') - pendingOn(account, symbol, 'sell'))
}

/** The part of a quantity that does not just close what is held. */
function opening(held: Decimal, side: Direction, quantity: Decimal): Decimal {
  const closable = side === 'buy' ? max(ZERO, asDecimal(-BigInt(held))) : max(ZERO, held)
  return asDecimal(quantity - min(quantity, closable))
}

function magnitude(value: Decimal): Decimal {
  return value < 0n ? asDecimal(-BigInt(value)) : value
}
