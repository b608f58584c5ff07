/** Order events in memory: one per account, order and fingerprint. */
import { byKey } from '../../domain/compare.ts'
import type { AccountLabel } from '../../domain/account-label.ts'
import type { OrderEvent } from '../../domain/order-event.ts'
import type { Clock } from '../../ports/clock.ts'
import type { OrderEventStore } from '../../ports/order-event-store.ts'
import { type RetentionDays, expiryAfter, isPast } from '../../domain/retention.ts'

interface Kept {
  readonly event: OrderEvent
  readonly expiresAt: number | null
}

export class MemoryOrderEventStore implements OrderEventStore {
  readonly #orders = new Map<string, Map<string, Kept>>()
  readonly #clock: Clock
  readonly #retentionDays: RetentionDays

  constructor(clock: Clock, retentionDays: RetentionDays = null) {
    this.#clock = clock
    this.#retentionDays = retentionDays
  }

  async appendEvent(
    account: AccountLabel,
    orderKey: string,
    fingerprint: string,
    event: OrderEvent,
  ): Promise<{ readonly kind: 'stored' | 'duplicate' }> {
    const key = JSON.stringify([account, orderKey])
    const events = this.#orders.get(key) ?? new Map<string, Kept>()
    if (events.has(fingerprint)) return { kind: 'duplicate' }
    events.set(fingerprint, { event, expiresAt: expiryAfter(this.#clock.now(), this.#retentionDays) })
    this.#orders.set(key, events)
    return { kind: 'stored' }
  }

  async listEvents(account: AccountLabel, orderKey: string): Promise<readonly OrderEvent[]> {
    const events = this.#orders.get(JSON.stringify([account, orderKey])) ?? new Map<string, Kept>()
    return [...events]
      .filter(([, { expiresAt }]) => !isPast(expiresAt, this.#clock.now()))
      .sort(byKey)
      .map(([, { event }]) => event)
  }
}
