/** An order as the paper exchange is asked for it, and as it keeps it. */
import type { AccountLabel } from '../domain/account-label.ts'
import type { Decimal } from '../domain/decimal.ts'
import type { TimeInForce } from '../domain/decision.ts'
import { sha256Hex } from '../domain/ids.ts'
import type { Direction } from '../domain/intent.ts'
import type { EpochMs } from '../domain/time.ts'

/** What a client asks for. */
export interface OrderTicket {
  readonly symbol: string
  readonly side: Direction
  readonly quantity: Decimal
  readonly timeInForce: TimeInForce
  /** Null for a market order. */
  readonly limitPrice: Decimal | null
  /** Null when the client named none. */
  readonly clientOrderId: string | null
}

export type OrderStatus = 'accepted' | 'new' | 'partially_filled' | 'filled' | 'canceled' | 'expired'

export interface ExchangeOrder {
  readonly id: string
  readonly clientOrderId: string
  readonly account: AccountLabel
  readonly symbol: string
  readonly side: Direction
  readonly quantity: Decimal
  readonly timeInForce: TimeInForce
  /** Null for a market order. */
  readonly limitPrice: Decimal | null
  readonly submittedAt: EpochMs
  /** The session it works in, `always` outside sessions (crypto), null while it waits for the next one. */
  session: string | null
  status: OrderStatus
  filledQuantity: Decimal
  /** Sum of quantity times price over its fills. */
  filledValue: Decimal
  fills: number
  /** Taken from the account's cash beside the value, in dollars. */
  fees: Decimal
  updatedAt: EpochMs
  /** When it was filled, canceled or expired. */
  endedAt: EpochMs | null
}

export function isOpenOrder(order: ExchangeOrder): boolean {
  return order.status === 'accepted' || order.status === 'new' || order.status === 'partially_filled'
}

/** A name-based UUID, so that equal runs give equal ids. */
export function deterministicUuid(...names: readonly string[]): string {
  const hex = sha256Hex(JSON.stringify(names))
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
