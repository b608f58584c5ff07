/**
 * Brings the sparse index of open executions in line with the items. dynalite writes an item's index entry
 * first and the item second, so a kill in between leaves them apart; the items are the truth.
 *
 * Looks at the executions and parked orders of the given accounts. Needs the state to itself. A kill during the repair leaves work for
 * the next one, nothing else.
 */
import { isDeepStrictEqual } from 'node:util'
import { expiryOf, type Item, type ItemKind } from '../adapters/dynamodb/table/item.ts'
import type { ItemTable, Range } from '../adapters/dynamodb/table/item-table.ts'
import { EXECUTION_PREFIX, executionItem } from '../adapters/dynamodb/items/execution-item.ts'
import { accountPartition } from '../adapters/dynamodb/items/shared.ts'
import { PARKED, UNMATCHED_PREFIX, unmatchedOrderItem } from '../adapters/dynamodb/unmatched-order-store.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import { StateError } from '../domain/errors.ts'

/** Returns how many entries were missing, stale or left over. */
export async function repairOpenIndex(state: ItemTable, accounts: readonly AccountLabel[]): Promise<number> {
  let repaired = 0
  for (const account of accounts) {
    const partition = accountPartition(account)
    const executions = { pk: partition, prefix: EXECUTION_PREFIX, consistent: true }
    repaired += await repairEntries(state, executionItem, executions, partition)
    const unmatched = { ...executions, prefix: UNMATCHED_PREFIX }
    repaired += await repairEntries(state, unmatchedOrderItem, unmatched, partition + PARKED)
  }
  return repaired
}

async function repairEntries<T>(
  state: ItemTable,
  kind: ItemKind<T>,
  items: Range,
  openPartition: string,
): Promise<number> {
  let repaired = 0
  const entries = new Map<string, Item>()
  for await (const entry of state.queryOpen(openPartition)) entries.set(itemId(entry), entry)
  for await (const item of state.queryAll(items)) {
    const entry = entries.get(itemId(item))
    entries.delete(itemId(item))
    if (await repair(state, kind, item, entry)) repaired++
  }
  for (const orphan of entries.values()) {
    // its item was never written: write it, so that deleting it takes the entry along
    await state.put(orphan)
    await state.delete(keyOf(orphan))
    repaired++
  }
  return repaired
}

async function repair<T>(
  state: ItemTable,
  kind: ItemKind<T>,
  item: Item,
  entry: Item | undefined,
): Promise<boolean> {
  const right = kind.encode(kind.decode(item), expiryOf(item))
  const isOpen = 'open_pk' in right
  if (isDeepStrictEqual(item, right) && (isOpen ? isDeepStrictEqual(entry, right) : entry === undefined)) {
    return false
  }
  // an entry goes away only together with an item that had it
  if (!isOpen && entry !== undefined) await state.put({ ...right, ...openKeyOf(entry) })
  await state.put(right)
  return true
}

function itemId(item: Item): string {
  return JSON.stringify([item['pk'], item['sk']])
}

function keyOf({ pk, sk }: Item): { readonly pk: string; readonly sk: string } {
  if (typeof pk !== 'string' || typeof sk !== 'string') throw new StateError('an item without its keys')
  return { pk, sk }
}

function openKeyOf({ open_pk, open_sk }: Item): Item {
  if (open_pk === undefined || open_sk === undefined) throw new StateError('an index entry without its keys')
  return { open_pk, open_sk }
}
