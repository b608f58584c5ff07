/**
 * What a row of the single-account system becomes: the same attributes under the account's keys, with its label. A row is
 * what the account-scoped item is, but for the label (docs/architecture.md#migrations).
 */
import type { AccountLabel } from '../../../domain/account-label.ts'
import type { Encoded } from '../../../formats/codec.ts'
import type { SingleTable } from '../../../ports/single-rows.ts'
import { orderEventItem } from '../order-event-store.ts'
import { type Item, type ItemKey, type ItemKind, expiryOf, keyOf } from '../table/item.ts'
import { decisionItem } from './decision-item.ts'
import { executionItem, orderPointerItem } from './execution-item.ts'
import { laneItem } from './lane-item.ts'
import { ACCOUNT_ATTRIBUTE, accountPartition } from './shared.ts'

const FIRST_SCHEMA = 1

interface Isolation {
  /** @throws StateError when the row is none of its table */
  readonly scoped: (row: Item, label: AccountLabel) => Item
  /** What can never change in an account-scoped item, as a text. @throws StateError when it cannot be read */
  readonly proof: (item: Item) => string
}

/** `lasting`: what of the item never changes, where not all of it stays. */
function isolation<T>(
  kind: ItemKind<T>,
  labelAttribute: string,
  lasting: readonly string[] | null = null,
): (table: SingleTable) => Isolation {
  return (table) => ({
    scoped: (row, label) => {
      const { pk: _, sk: _id, open_pk: __, open_sk: ___, schema = FIRST_SCHEMA, ...attributes } = row
      const { [ACCOUNT_ATTRIBUTE]: ____, account_label: _____, ...content } = attributes
      const key = scopedKey(table, keyOf(row).sk, label)
      const value = kind.decode({ ...content, ...key, schema, [labelAttribute]: label })
      return kind.encode(value, expiryOf(row))
    },
    proof: (item) => {
      const { expires_at: _, ...encoded } = kind.encode(kind.decode(item))
      const names = lasting ?? Object.keys(encoded)
      return canonical(
        Object.fromEntries(['pk', 'sk', ...names].map((name) => [name, encoded[name] ?? null])),
      )
    },
  })
}

export function scopedKey(table: SingleTable, id: string, label: AccountLabel): ItemKey {
  return { pk: accountPartition(label), sk: `${table}#${id}` }
}

const KINDS: Readonly<Record<SingleTable, (table: SingleTable) => Isolation>> = {
  trade_decisions: isolation(decisionItem, ACCOUNT_ATTRIBUTE),
  executions: isolation(executionItem, ACCOUNT_ATTRIBUTE, [
    ACCOUNT_ATTRIBUTE,
    'client_order_id',
    'decision_id',
    'symbol',
    'side',
    'quantity',
  ]),
  alpaca_order: isolation(orderPointerItem, ACCOUNT_ATTRIBUTE),
  execution_order_events: isolation(orderEventItem, ACCOUNT_ATTRIBUTE),
  trade_cursor: isolation(laneItem, 'account_label', ['account_label', 'source']),
}

export function isolationOf(table: SingleTable): Isolation {
  return KINDS[table](table)
}

/** With sorted names, so that equal contents are equal texts. */
function canonical(value: Encoded): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  )
}
