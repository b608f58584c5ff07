/**
 * Orders that no execution stands for, on DynamoDB, item kind `unmatched_orders`. Parked ones stand in the sparse index
 * `open`, under a partition of their own: what lists an account's open executions never meets them.
 */
import type { AccountLabel } from '../../domain/account-label.ts'
import { expiryAfter, type RetentionDays } from '../../domain/retention.ts'
import { EXTERNAL_REASONS, type UnmatchedOrder } from '../../domain/unmatched-order.ts'
import { instantText, oneOf, optional, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import type { Clock } from '../../ports/clock.ts'
import type { UnmatchedOrderStore } from '../../ports/unmatched-order-store.ts'
import { ACCOUNT_ATTRIBUTE, accountPartition } from './items/shared.ts'
import { NOT_STORED, NOT_STORED_OR_PARKED } from './table/conditions.ts'
import { defineItem, type ItemKey } from './table/item.ts'
import type { ItemTable } from './table/item-table.ts'

/** Ends their partition in the index; no label holds a `#`, so it is no account's own. */
export const PARKED = '#parked'
export const UNMATCHED_PREFIX = 'unmatched_orders#'

function unmatchedKey(account: AccountLabel, orderKey: string): ItemKey {
  return { pk: accountPartition(account), sk: UNMATCHED_PREFIX + orderKey }
}

export const unmatchedOrderItem = defineItem<UnmatchedOrder>({
  name: 'unmatched order',
  schema: 1,
  codec: record<UnmatchedOrder>(
    {
      accountLabel: text(),
      orderKey: text(),
      alpacaOrderId: optional(text()),
      clientOrderId: optional(text()),
      state: oneOf('parked', 'external', 'adopted'),
      reason: optional(oneOf(...EXTERNAL_REASONS)),
      noticedAt: instantText,
    },
    { names: { accountLabel: ACCOUNT_ATTRIBUTE } },
  ),
  key: ({ accountLabel, orderKey }) => unmatchedKey(accountLabel, orderKey),
  openKey: ({ accountLabel, orderKey, state }) =>
    state === 'parked' ? { open_pk: accountPartition(accountLabel) + PARKED, open_sk: orderKey } : null,
})

export class DynamoUnmatchedOrderStore implements UnmatchedOrderStore {
  readonly #table: ItemTable
  readonly #clock: Clock
  readonly #retentionDays: RetentionDays

  constructor(table: ItemTable, clock: Clock, retentionDays: RetentionDays) {
    this.#table = table
    this.#clock = clock
    this.#retentionDays = retentionDays
  }

  async park(order: UnmatchedOrder): Promise<void> {
    await this.#table.put(this.#encode(order), NOT_STORED)
  }

  judge(order: UnmatchedOrder): Promise<boolean> {
    return this.#table.put(this.#encode(order), NOT_STORED_OR_PARKED)
  }

  readUnmatched(account: AccountLabel, orderKey: string): Promise<UnmatchedOrder | null> {
    return this.#table.read(unmatchedOrderItem, unmatchedKey(account, orderKey))
  }

  async listParked(account: AccountLabel): Promise<readonly UnmatchedOrder[]> {
    const parked: UnmatchedOrder[] = []
    for await (const item of this.#table.queryOpen(accountPartition(account) + PARKED)) {
      parked.push(unmatchedOrderItem.decode(item))
    }
    return parked
  }

  #encode(order: UnmatchedOrder) {
    return unmatchedOrderItem.encode(order, expiryAfter(this.#clock.now(), this.#retentionDays))
  }
}
