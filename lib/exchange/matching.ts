/** Which session an order works in, and what of it fills at which price. Pure. */
import { asDecimal, floorToStep, max, min, mul, ONE, type Decimal } from '../domain/decimal.ts'
import type { Direction } from '../domain/intent.ts'
import type { EpochMs } from '../domain/time.ts'
import { isCrypto } from '../domain/symbol.ts'
import { quantityStep, type ExchangeState } from './model.ts'
import { isOpenOrder, type ExchangeOrder } from './order.ts'

export interface FillTerms {
  /** Which part of what is left of an order fills, up to 1 (the default); at least one step. */
  readonly portion?: Decimal
  /** By symbol, instead of the session's. */
  readonly prices?: Readonly<Record<string, Decimal>>
}

export interface Fill {
  readonly quantity: Decimal
  readonly price: Decimal
}

/** The order's next fill; null when it is not working, has no price, or none that its limit allows. */
export function nextFill(state: ExchangeState, order: ExchangeOrder, terms: FillTerms): Fill | null {
  const { portion = ONE, prices } = terms
  const price = prices === undefined ? sessionPrice(state, order.symbol) : prices[order.symbol]
  if (price === undefined || !isOpenOrder(order) || order.session === null) return null
  if (order.limitPrice !== null && isBeyond(price, order.limitPrice, order.side)) return null
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

function isBeyond(price: Decimal, limit: Decimal, side: Direction): boolean {
  return side === 'buy' ? price > limit : price < limit
}

function sessionPrice(state: ExchangeState, symbol: string): Decimal | undefined {
  return (state.sessions.at(-1) ?? state).prices.get(symbol)
}
