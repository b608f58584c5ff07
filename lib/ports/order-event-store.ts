/** Order events: one row per distinct event of an order (docs/architecture.md#order-feed). */
import type { AccountLabel } from '../domain/account-label.ts'
import type { OrderEvent } from '../domain/order-event.ts'

export interface OrderEventStore {
  /**
   * Stores the event unless the row is there. `orderKey` is the broker's order id, or `client:` and the
   * client order id when the event names no broker id; `fingerprint` is a hash of the event's contents.
   */
  appendEvent(
    account: AccountLabel,
    orderKey: string,
    fingerprint: string,
    event: OrderEvent,
  ): Promise<{ readonly kind: 'stored' | 'duplicate' }>
  /** Every stored event of an order, strongly consistent, by fingerprint. */
  listEvents(account: AccountLabel, orderKey: string): Promise<readonly OrderEvent[]>
}
