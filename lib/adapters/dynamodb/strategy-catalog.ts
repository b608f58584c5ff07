/**
 * The strategy catalog on DynamoDB: revisions are put once; only the name of the current one changes. Params are the
 * strategies' own JSON, so they are kept as text: numbers and key order stay as they are.
 */
import { CATALOG_PARTITION } from '../../deployment/names.ts'
import type { CatalogHash } from '../../domain/ids.ts'
import type { CatalogRevision, StrategyCatalog } from '../../ports/strategy-catalog.ts'
import { NOT_STORED } from './table/conditions.ts'
import type { ItemTable } from './table/item-table.ts'
import { jsonText, list, optional, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import { strategyFields } from '../../formats/strategy-codec.ts'
import { texts } from './items/shared.ts'
import { type ItemKey, defineItem } from './table/item.ts'

export const CURRENT_REVISION_KEY: ItemKey = { pk: CATALOG_PARTITION, sk: 'strategies#current' }

export function revisionKey(hash: CatalogHash): ItemKey {
  return { pk: CATALOG_PARTITION, sk: `revision#${hash}` }
}

export const revisionItem = defineItem<CatalogRevision>({
  name: 'catalog revision',
  schema: 1,
  codec: record<CatalogRevision>({
    hash: text(),
    strategies: list(record(strategyFields({ open: optional, symbols: texts, params: jsonText() }))),
  }),
  key: ({ hash }) => revisionKey(hash),
})

export const currentRevisionItem = defineItem<{ readonly hash: CatalogHash }>({
  name: 'current catalog revision',
  schema: 1,
  codec: record<{ readonly hash: CatalogHash }>({ hash: text() }),
  key: () => CURRENT_REVISION_KEY,
})

export class DynamoStrategyCatalog implements StrategyCatalog {
  readonly #table: ItemTable

  constructor(table: ItemTable) {
    this.#table = table
  }

  async currentHash(): Promise<CatalogHash | null> {
    const item = await this.#table.get(CURRENT_REVISION_KEY)
    return item === null ? null : currentRevisionItem.decode(item).hash
  }

  readRevision(hash: CatalogHash): Promise<CatalogRevision | null> {
    return this.#table.read(revisionItem, revisionKey(hash))
  }

  /** @throws StateError when the revision exceeds 64 KB. */
  async apply(revision: CatalogRevision): Promise<void> {
    // a failed condition needs no reading: the hash stands for the contents
    await this.#table.put(revisionItem.encode(revision), NOT_STORED)
    await this.#table.put(currentRevisionItem.encode({ hash: revision.hash }))
  }
}
