/** Rows of the single-account system on DynamoDB, `single#<table>`, and what they become. */
import { isDeepStrictEqual } from 'node:util'
import { parseAccountLabel, type AccountLabel } from '../../domain/account-label.ts'
import { InvalidValueError, StateError } from '../../domain/errors.ts'
import type {
  Isolated,
  RowComparison,
  SingleRow,
  SingleRowPage,
  SingleRows,
  SingleTable,
} from '../../ports/single-rows.ts'
import { isolationOf, scopedKey } from './items/isolation.ts'
import { ACCOUNT_ATTRIBUTE } from './items/shared.ts'
import { NOT_STORED, UNNAMED_ROW } from './table/conditions.ts'
import type { ItemTable } from './table/item-table.ts'
import { type Item, type ItemKey, keyOf } from './table/item.ts'

/** BatchGetItem takes no more. */
const READ_AT_ONCE = 100

export function singleKey(table: SingleTable, id: string): ItemKey {
  return { pk: `single#${table}`, sk: id }
}

export class DynamoSingleRows implements SingleRows {
  readonly #table: ItemTable

  constructor(table: ItemTable) {
    this.#table = table
  }

  async readPage(table: SingleTable, after: string | null, limit: number): Promise<SingleRowPage> {
    const { pk } = singleKey(table, '')
    const range = { pk, ...(after !== null && { after }), limit, consistent: true }
    const { items, more } = await this.#table.query(range)
    const rows = items.map(rowOf)
    return { rows, next: more ? (rows.at(-1)?.id ?? null) : null }
  }

  async labels(table: SingleTable, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const items = await this.#getMany(ids.map((id) => singleKey(table, id)))
    return new Map(
      items.map(rowOf).flatMap(({ id, label }) => (label === null ? [] : [[id, label] as const])),
    )
  }

  async isolate(
    table: SingleTable,
    { content }: SingleRow,
    label: AccountLabel,
    write: boolean,
  ): Promise<Isolated> {
    const scoped = read(() => isolationOf(table).scoped(content as Item, label))
    if ('fault' in scoped) return { kind: 'unusable', reason: scoped.fault }
    const item = scoped.value
    if (write && (await this.#table.put(item, NOT_STORED))) return { kind: 'put' }
    const stored = await this.#table.get(keyOf(item))
    if (stored === null) return { kind: 'put' }
    return { kind: isDeepStrictEqual(stored, item) ? 'same' : 'standing' }
  }

  async name(table: SingleTable, id: string, label: AccountLabel): Promise<void> {
    const change = {
      expression: 'SET #label = :label',
      names: { '#label': ACCOUNT_ATTRIBUTE },
      values: { ':label': label },
    }
    await this.#table.update(singleKey(table, id), change, UNNAMED_ROW)
  }

  async compare(table: SingleTable, rows: readonly SingleRow[]): Promise<readonly RowComparison[]> {
    const { scoped, proof } = isolationOf(table)
    const named = rows.flatMap((row) => {
      const label = row.label === null ? null : parseAccountLabel(row.label)
      return label === null ? [] : [{ row, label }]
    })
    const items = await this.#getMany(named.map(({ row, label }) => scopedKey(table, row.id, label)))
    const stored = new Map(items.map((item) => [joined(keyOf(item)), item]))
    const labels = new Map(named.map(({ row, label }) => [row.id, label]))
    return rows.map(({ id, content }) => {
      const label = labels.get(id)
      if (label === undefined) return { id, expected: null, stored: null }
      const item = stored.get(joined(scopedKey(table, id, label)))
      return {
        id,
        expected: textOrNull(() => proof(scoped(content as Item, label))),
        stored: item === undefined ? null : textOrNull(() => proof(item)),
      }
    })
  }

  async #getMany(keys: readonly ItemKey[]): Promise<readonly Item[]> {
    const items: Item[] = []
    for (let start = 0; start < keys.length; start += READ_AT_ONCE) {
      items.push(...(await this.#table.getMany(keys.slice(start, start + READ_AT_ONCE))))
    }
    return items
  }
}

function joined({ pk, sk }: ItemKey): string {
  return `${pk} ${sk}`
}

function rowOf(item: Item): SingleRow {
  const linkTo = (name: string): string | null => {
    const found = item[name]
    return typeof found === 'string' ? found : null
  }
  return {
    id: keyOf(item).sk,
    label: linkTo(ACCOUNT_ATTRIBUTE) ?? linkTo('account_label'),
    links: {
      decisionId: linkTo('decision_id'),
      clientOrderId: linkTo('client_order_id'),
      alpacaOrderId: linkTo('alpaca_order_id'),
    },
    content: item,
  }
}

/** What reads a row, or what is wrong with the row. */
function read<T>(reading: () => T): { readonly value: T } | { readonly fault: string } {
  try {
    return { value: reading() }
  } catch (error) {
    if (error instanceof StateError || error instanceof InvalidValueError) return { fault: error.message }
    throw error
  }
}

function textOrNull(reading: () => string): string | null {
  const found = read(reading)
  return 'value' in found ? found.value : null
}
