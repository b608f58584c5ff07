/** The migration ledger on DynamoDB, item kind `migrations`. */
import { instantText, integer, oneOf, optional, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import type { LedgerEntry, MigrationCounts, MigrationLedger } from '../../ports/migration-ledger.ts'
import { NOT_STORED, revisionIs } from './table/conditions.ts'
import type { ItemTable } from './table/item-table.ts'
import { defineItem, type ItemKey } from './table/item.ts'

function ledgerKey(id: string): ItemKey {
  return { pk: 'migrations', sk: id }
}

export const ledgerItem = defineItem<LedgerEntry>({
  name: 'migration',
  schema: 1,
  codec: record<LedgerEntry>({
    id: text(),
    revision: integer,
    state: oneOf('running', 'applied'),
    defaultLabel: text(),
    step: integer,
    after: optional(text()),
    counts: record<MigrationCounts>({
      rows: integer,
      put: integer,
      same: integer,
      standing: integer,
      unusable: integer,
    }),
    startedAt: instantText,
    appliedAt: optional(instantText),
    owner: text(),
    leaseUntil: instantText,
  }),
  key: ({ id }) => ledgerKey(id),
})

export class DynamoMigrationLedger implements MigrationLedger {
  readonly #table: ItemTable

  constructor(table: ItemTable) {
    this.#table = table
  }

  read(id: string): Promise<LedgerEntry | null> {
    return this.#table.read(ledgerItem, ledgerKey(id))
  }

  write(entry: LedgerEntry): Promise<boolean> {
    const before = entry.revision - 1
    return this.#table.put(ledgerItem.encode(entry), before === 0 ? NOT_STORED : revisionIs(before))
  }
}
