/** An account's partition on DynamoDB, row by row. */
import type { AccountLabel } from '../../domain/account-label.ts'
import { StateError } from '../../domain/errors.ts'
import type { AccountRow, AccountRows, RowKind } from '../../ports/account-rows.ts'
import { cycleItem } from './items/cycle-item.ts'
import { decisionItem } from './items/decision-item.ts'
import { executionItem, orderPointerItem } from './items/execution-item.ts'
import { laneItem } from './items/lane-item.ts'
import { ACCOUNT_ATTRIBUTE, accountPartition } from './items/shared.ts'
import { orderEventItem } from './order-event-store.ts'
import { PARKED, unmatchedOrderItem } from './unmatched-order-store.ts'
import type { ItemTable } from './table/item-table.ts'
import { type Item, keyOf } from './table/item.ts'

const READERS: Readonly<Record<Exclude<RowKind, 'unknown'>, (item: Item) => unknown>> = {
  trade_cursor: laneItem.decode,
  cycle: cycleItem.decode,
  trade_decisions: decisionItem.decode,
  executions: executionItem.decode,
  alpaca_order: orderPointerItem.decode,
  execution_order_events: orderEventItem.decode,
  unmatched_orders: unmatchedOrderItem.decode,
}
const PARTITION = accountPartition('' as AccountLabel)

export class DynamoAccountRows implements AccountRows {
  readonly #table: ItemTable

  constructor(table: ItemTable) {
    this.#table = table
  }

  async *rows(account: AccountLabel): AsyncIterable<AccountRow> {
    const range = { pk: accountPartition(account), consistent: true }
    for await (const item of this.#table.queryAll(range)) yield rowOf(item)
  }
}

function rowOf(item: Item): AccountRow {
  const text = (name: string): string | null => {
    const found = item[name]
    return typeof found === 'string' ? found : null
  }
  const { sk } = keyOf(item)
  const word = sk.slice(0, sk.indexOf('#'))
  const kind = word in READERS ? (word as keyof typeof READERS) : 'unknown'
  return {
    kind,
    key: sk,
    named: text(ACCOUNT_ATTRIBUTE) ?? text('account_label'),
    indexed: text('open_pk')?.slice(PARTITION.length).replace(PARKED, '') ?? null,
    fault: kind === 'unknown' ? 'no kind of row that is known' : faultOf(() => READERS[kind](item)),
    decisionId: text('decision_id'),
    clientOrderId: text('client_order_id'),
    alpacaOrderId: text('alpaca_order_id'),
  }
}

function faultOf(read: () => unknown): string | null {
  try {
    read()
    return null
  } catch (error) {
    if (error instanceof StateError) return error.message
    throw error
  }
}
