/** Which session an order works in, and what of it fills at which price. Pure. */
import { asDecimal, floorToStep, max, min, mul, ONE, type Decimal } from '../domain/decimal.ts'
import { isBeyondLimit } from '../domain/limit-price.ts'
import { priceWithSlippage, type TradingCosts } from './costs.ts'
import type { EpochMs } from '../domain/time.ts'
import { isCrypto } from '../domain/symbol.ts'
import { quantityStep, type ExchangeState } from './model.ts'
import { isOpenOrder, type ExchangeOrder } from './order.ts'

export interface FillTerms {
  /** Which part of what is left of an order fills, up to 1 (the default); at least one step. */
  readonly portion?: Decimal
  /** By symbol, instead of the session's. */
  readonly prices?: ReadonlyMap<string, Decimal>
  /** Those for orders that wait for none, where they are not the same. */
  readonly promptPrices?: ReadonlyMap<string, Decimal>
}

/** What comes of an order when its turn to fill has come. */
export interface Turn {
  readonly fill: Fill | null
  /** What is left of an order that rests nowhere is over. */
  readonly ends: boolean
}

export interface Fill {
  readonly quantity: Decimal
  readonly price: Decimal
}

/**
 * What an `ioc` order gets is what a market order would get at that moment, if that is within its limit; what is left is cancelled by
 * reason of its time in force (https://docs.alpaca.markets/docs/orders-at-alpaca, "Time in Force" and "Order Lifecycle": `canceled`).
 */
export function turnOf(
  state: ExchangeState,
  order: ExchangeOrder,
  terms: FillTerms,
  costs: TradingCosts,
): Turn {
  const fill = nextFill(state, order, terms, costs)
  const left = order.quantity - order.filledQuantity - (fill?.quantity ?? 0n)
  return { fill, ends: order.timeInForce === 'ioc' && isOpenOrder(order) && left > 0n }
}

/** The order's next fill; null when it is not working, has no price, or none that its limit allows. */
function nextFill(
  state: ExchangeState,
  order: ExchangeOrder,
  terms: FillTerms,
  costs: TradingCosts,
): Fill | null {
  const { portion = ONE } = terms
  const prices = (order.timeInForce === 'ioc' ? terms.promptPrices : undefined) ?? terms.prices
  const quoted = prices === undefined ? sessionPrice(state, order.symbol) : prices.get(order.symbol)
  if (quoted === undefined || !isOpenOrder(order) || order.session === null) return null
  const price = priceWithSlippage(quoted, order.side, costs)
  if (order.limitPrice !== null && isBeyondLimit(order.side, price, order.limitPrice)) return null
  const left = asDecimal(order.quantity - order.filledQuantity)
  const step = quantityStep(order.symbol)
  const quantity = portion >= ONE ? left : min(left, max(step, floorToStep(mul(left, portion), step)))
  return { quantity, price }
}

/** The session that an order sent now works in, `always` for crypto; null when it waits for the next one. */
export function workingSession(state: ExchangeState, symbol: string, now: EpochMs): string | null {
  if (isCrypto(symbol)) return 'always'
  const session = state.sessions.at(-1)
  return session !== undefined && now >= session.opensAt && now < session.closesAt ? session.date : null
}

function sessionPrice(state: ExchangeState, symbol: string): Decimal | undefined {
  return (state.sessions.at(-1) ?? state).prices.get(symbol)
}
