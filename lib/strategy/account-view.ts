/**
 * What a plugin sees of the account: its position in the signal's symbol and its means, as the plan's decisions so far have
 * moved them (docs/architecture.md#plugins). A position belongs to the account, whichever strategy opened it.
 */
import { type Decimal, ZERO, asDecimal, decimal, max } from '../domain/decimal.ts'
import type { Direction } from '../domain/intent.ts'

/** Of the signal's symbol. */
export interface PositionView {
  /** Negative for a short position. */
  readonly quantity: Decimal
  /** Null when flat, or where the broker does not say. */
  readonly averageEntryPrice: Decimal | null
  /** What open orders still want to buy and to sell, this plan's included. */
  readonly openBuys: Decimal
  readonly openSells: Decimal
}

export interface AccountMeans {
  readonly equity: Decimal
  readonly buyingPower: Decimal
}

export interface AccountView {
  readonly position: PositionView
  readonly account: AccountMeans
}

/** Where there is no account, as in a replay. */
const FLAT: AccountView = freezeView({
  position: { quantity: ZERO, averageEntryPrice: null, openBuys: ZERO, openSells: ZERO },
  account: { equity: decimal('100000'), buyingPower: decimal('100000') },
})

export function flatAccount(): AccountView {
  return FLAT
}

export function freezeView({ position, account }: AccountView): AccountView {
  return Object.freeze({ position: Object.freeze({ ...position }), account: Object.freeze({ ...account }) })
}

/** The order that closes a position; null when nothing is held, or open orders close it already. */
export function closingSide({ quantity, openBuys, openSells }: PositionView): Direction | null {
  const left = quantity > 0n ? quantity - openSells : 0n - quantity - openBuys
  if (quantity === 0n || max(ZERO, asDecimal(left)) === ZERO) return null
  return quantity > 0n ? 'sell' : 'buy'
}
