/**
 * The broker as the cycle sees it. Reading and cancelling are one interface; submitting is another, which
 * only the order firewall holds (docs/architecture.md#order-firewall).
 *
 * Invariants: every implementation belongs to one account and one target; an answer says exactly what the
 * broker's evidence supports, nothing more.
 */
import type { AccountSnapshot, BrokerTarget, OpenOrder } from '../domain/account.ts'
import type { Decimal } from '../domain/decimal.ts'
import type { TimeInForce } from '../domain/decision.ts'
import type { AlpacaOrderId, ClientOrderId } from '../domain/ids.ts'
import type { Direction } from '../domain/intent.ts'
import type { EpochNs } from '../domain/nano-time.ts'
import type { EpochMs } from '../domain/time.ts'

/** A market order, or a limit order that rests nowhere. */
export interface OrderRequest {
  readonly clientOrderId: ClientOrderId
  readonly symbol: string
  readonly side: Direction
  readonly quantity: Decimal
  readonly timeInForce: TimeInForce
  /** Null for a market order. */
  readonly limitPrice: Decimal | null
}

/** An order as the broker holds it. */
export interface BrokerOrder extends OrderRequest {
  readonly alpacaOrderId: AlpacaOrderId
  /** The broker's status word, e.g. `new`, `partially_filled`, `filled`. */
  readonly status: string
  readonly filledQuantity: Decimal
  readonly averageFillPrice: Decimal | null
  readonly updatedAt: EpochNs | null
}

export type SubmitAnswer =
  /** 2xx with a readable order. */
  | { readonly kind: 'accepted'; readonly order: BrokerOrder }
  /** 429: nothing was taken. Also our own request budget, which refuses before sending. */
  | { readonly kind: 'rate_limited' }
  /** 422 in the broker's own words: look the order up first. */
  | { readonly kind: 'unprocessable'; readonly body: string }
  /** Any other 4xx in the broker's own words. */
  | { readonly kind: 'refused'; readonly status: number; readonly body: string }
  /** Timeout, 5xx, unreadable body, somebody else's 4xx: it may or may not have been taken. */
  | { readonly kind: 'ambiguous'; readonly reason: string }

/**
 * What a status of 400 or above says about the order that was sent.
 * @param isOwn whether the body is the broker's own; that of something in front of it is no evidence
 */
export function answerOfStatus(status: number, body: string, isOwn: boolean): SubmitAnswer {
  if (status === 429) return { kind: 'rate_limited' }
  if (status >= 500) return { kind: 'ambiguous', reason: `status ${status}` }
  if (!isOwn) return { kind: 'ambiguous', reason: `status ${status} with a body that is not the broker's` }
  return status === 422 ? { kind: 'unprocessable', body } : { kind: 'refused', status, body }
}

export type OrderLookup =
  | { readonly kind: 'found'; readonly order: BrokerOrder }
  | { readonly kind: 'not_found' }
  /** The look-up itself failed; says nothing. */
  | { readonly kind: 'unavailable'; readonly reason: string }

/** An order in the broker's list, whoever sent it. */
export interface SentOrder extends OrderName {
  readonly sentAt: EpochMs
  /** Null: it is not of a kind that we send. */
  readonly order: BrokerOrder | null
}

export interface SentOrders {
  /** By the time at which they were sent. */
  readonly orders: readonly SentOrder[]
  /** Whether these are all; otherwise the rest was sent later than the last of them. */
  readonly isAll: boolean
}

export type CancelAnswer =
  | { readonly kind: 'cancelled' | 'not_cancellable' }
  | { readonly kind: 'unavailable'; readonly reason: string }

export type CancelAllAnswer =
  /** How many orders the broker took the cancelling of, and how many it did not. */
  | { readonly kind: 'cancelled'; readonly cancelled: number; readonly refused: number }
  | { readonly kind: 'unavailable'; readonly reason: string }

/** What names an order to the broker and to us. */
export type OrderName = Pick<OpenOrder, 'alpacaOrderId' | 'clientOrderId'>

/** What the broker says of the account at a moment. */
export interface BrokerSnapshot extends AccountSnapshot {
  /** Open orders of others that could not be read, by their ids as far as they have one; they are left out. */
  readonly unreadableOrders: readonly string[]
}

export interface Broker {
  readonly target: BrokerTarget
  /** @throws BrokerUnavailableError */
  snapshot(): Promise<BrokerSnapshot>
  /**
   * The names of the account's open orders, by client order id: all that cancelling needs. Neither account nor
   * positions are read. @throws BrokerUnavailableError
   */
  openOrders(): Promise<readonly OrderName[]>
  /**
   * The account's final orders that were sent after a moment, as far as one request tells of them and they can have
   * been ours; the latest first. @throws BrokerUnavailableError
   */
  finalOrders(sentAfter: EpochMs): Promise<readonly BrokerOrder[]>
  /**
   * The account's orders that were sent after a moment, open and final, whoever sent them, as far as one request tells
   * of them; what has no name or no time is left out. @throws BrokerUnavailableError
   */
  ordersSentAfter(moment: EpochMs): Promise<SentOrders>
  findByClientOrderId(id: ClientOrderId): Promise<OrderLookup>
  cancel(id: AlpacaOrderId): Promise<CancelAnswer>
  /** Cancels everything that is open, whoever sent it, by one request. */
  cancelAll(): Promise<CancelAllAnswer>
}

export interface SubmittingBroker extends Broker {
  submit(order: OrderRequest): Promise<SubmitAnswer>
}
