/**
 * Item kinds of the strategy catalog: immutable revisions, and the name of the one that is current.
 * Params are the strategies' own JSON, so they are kept as text: numbers and key order stay as they are.
 */
import type { CatalogHash } from '../../../domain/ids.ts'
import type { CatalogRevision } from '../../../ports/strategy-catalog.ts'
import { jsonText, list, optional, text } from '../../../formats/codec.ts'
import { record } from '../../../formats/codec-records.ts'
import { strategyFields } from '../../../formats/strategy-codec.ts'
import { type ItemKey, defineItem } from '../table/item.ts'

const CATALOG_PARTITION = 'catalog'

export const CURRENT_REVISION_KEY: ItemKey = { pk: CATALOG_PARTITION, sk: 'strategies#current' }

export function revisionKey(hash: CatalogHash): ItemKey {
  return { pk: CATALOG_PARTITION, sk: `revision#${hash}` }
}

export const revisionItem = defineItem<CatalogRevision>({
  name: 'catalog revision',
  schema: 1,
  codec: record<CatalogRevision>({
    hash: text(),
    strategies: list(record(strategyFields({ open: optional, params: jsonText() }))),
  }),
  key: ({ hash }) => revisionKey(hash),
})

export const currentRevisionItem = defineItem<{ readonly hash: CatalogHash }>({
  name: 'current catalog revision',
  schema: 1,
  codec: record<{ readonly hash: CatalogHash }>({ hash: text() }),
  key: () => CURRENT_REVISION_KEY,
})
