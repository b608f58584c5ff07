/** Order events on DynamoDB: one row per account, order and fingerprint. */
import type { AccountLabel } from '../../domain/account-label.ts'
import type { OrderEvent } from '../../domain/order-event.ts'
import type { Clock } from '../../ports/clock.ts'
import type { OrderEventStore } from '../../ports/order-event-store.ts'
import { type RetentionDays, expiryAfter, isPast } from '../../domain/retention.ts'
import { NOT_STORED } from './table/conditions.ts'
import { expiryOf } from './table/item.ts'
import type { ItemTable } from './table/item-table.ts'
import { orderEventItem, orderEventPrefix } from './items/order-event-item.ts'
import { accountPartition } from './items/shared.ts'

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
