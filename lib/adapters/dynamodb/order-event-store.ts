/** Order events on DynamoDB, item kind `execution_order_events`: one row per account, order and fingerprint. */
import type { AccountLabel } from '../../domain/account-label.ts'
import type { OrderEvent } from '../../domain/order-event.ts'
import type { Clock } from '../../ports/clock.ts'
import type { OrderEventStore } from '../../ports/order-event-store.ts'
import { type RetentionDays, expiryAfter, isPast } from '../../domain/retention.ts'
import { NOT_STORED } from './table/conditions.ts'
import { expiryOf, defineItem } from './table/item.ts'
import type { ItemTable } from './table/item-table.ts'
import { accountPartition, ACCOUNT_ATTRIBUTE, side } from './items/shared.ts'
import { decimalText, finite, nanoInstantText, optional, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'

/** An event with what makes it one row of its order. */
export interface StoredOrderEvent extends OrderEvent {
  readonly orderKey: string
  readonly fingerprint: string
}

/** What the sort keys of an order's events begin with; `orderKey` tells orders apart whose ids hold a `#`. */
export function orderEventPrefix(orderKey: string): string {
  return `execution_order_events#${orderKey}#`
}

export const orderEventItem = defineItem<StoredOrderEvent>({
  name: 'order event',
  schema: 1,
  codec: record<StoredOrderEvent>(
    {
      accountLabel: text(),
      orderKey: text(),
      fingerprint: text(),
      alpacaOrderId: optional(text()),
      clientOrderId: optional(text()),
      symbol: optional(text()),
      side: optional(side),
      eventType: optional(text()),
      status: optional(text()),
      eventTs: optional(nanoInstantText),
      feedSeq: optional(finite),
      quantity: optional(decimalText),
      filledQuantity: optional(decimalText),
      averageFillPrice: optional(decimalText),
    },
    { names: { accountLabel: ACCOUNT_ATTRIBUTE } },
  ),
  key: ({ accountLabel, orderKey, fingerprint }) => ({
    pk: accountPartition(accountLabel),
    sk: orderEventPrefix(orderKey) + fingerprint,
  }),
})

export class DynamoOrderEventStore implements OrderEventStore {
  readonly #table: ItemTable
  readonly #clock: Clock
  readonly #retentionDays: RetentionDays

  constructor(table: ItemTable, clock: Clock, retentionDays: RetentionDays) {
    this.#table = table
    this.#clock = clock
    this.#retentionDays = retentionDays
  }

  /** A duplicate needs no reading: the fingerprint stands for the contents. It may be our own write seen twice. */
  async appendEvent(
    account: AccountLabel,
    orderKey: string,
    fingerprint: string,
    event: OrderEvent,
  ): Promise<{ readonly kind: 'stored' | 'duplicate' }> {
    const expiresAt = expiryAfter(this.#clock.now(), this.#retentionDays)
    const stored = { ...event, accountLabel: account, orderKey, fingerprint }
    const done = await this.#table.put(orderEventItem.encode(stored, expiresAt), NOT_STORED)
    return { kind: done ? 'stored' : 'duplicate' }
  }

  async listEvents(account: AccountLabel, orderKey: string): Promise<readonly OrderEvent[]> {
    const events: OrderEvent[] = []
    const range = { pk: accountPartition(account), prefix: orderEventPrefix(orderKey), consistent: true }
    for await (const item of this.#table.queryAll(range)) {
      if (isPast(expiryOf(item), this.#clock.now())) continue
      const { orderKey: ownKey, fingerprint: _, ...event } = orderEventItem.decode(item)
      if (ownKey === orderKey) events.push(event)
    }
    return events
  }
}
