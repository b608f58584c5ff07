/** One trade update from the broker about an order, normalised (docs/architecture.md#order-feed). */
import type { AccountLabel } from './account-label.ts'
import type { Decimal } from './decimal.ts'
import type { AlpacaOrderId, ClientOrderId } from './ids.ts'
import type { Direction } from './intent.ts'
import type { EpochNs } from './nano-time.ts'

export interface OrderEvent {
  readonly accountLabel: AccountLabel
  readonly alpacaOrderId: AlpacaOrderId | null
  readonly clientOrderId: ClientOrderId | null
  readonly symbol: string | null
  readonly side: Direction | null
  /** The broker's event name, e.g. `fill`, `canceled`, `trade_bust`. */
  readonly eventType: string | null
  /** The broker's order status, e.g. `partially_filled`. */
  readonly status: string | null
  readonly eventTs: EpochNs | null
  readonly feedSeq: number | null
  readonly quantity: Decimal | null
  readonly filledQuantity: Decimal | null
  readonly averageFillPrice: Decimal | null
}

/** Why a feed message holds no event. */
export type OrderFeedDropReason =
  | 'invalid_json'
  | 'missing_trade_update_payload'
  | 'missing_order_identity'
  /** It names an account by something that is no label: it must not count for any account. */
  | 'invalid_account_label'
  /** The topic carries several accounts and the message names none. */
  | 'missing_account_label'

/** One message of the feed as it was received. */
export interface OrderFeedMessage {
  readonly topic: string
  /** The message's raw text. */
  readonly value: string
  /** Whom a message is about that names nobody; null where several accounts share the way it came. */
  readonly defaultAccountLabel: AccountLabel | null
}
