/**
 * Item kinds of the strategy catalog: immutable revisions, and the name of the one that is current.
 * Params are the strategies' own JSON, so they are kept as text: numbers and key order stay as they are.
 */
import type { CatalogHash } from '../../../domain/ids.ts'
import type { Json } from '../../../domain/signal.ts'
import type { CatalogRevision } from '../../../ports/strategy-catalog.ts'
import type { StrategyDefinition } from '../../../domain/strategy-definition.ts'
import { flag, jsonObject, list, nullable, record, text } from '../../../formats/codec.ts'
import { type ItemKey, defineItem } from '../table/item.ts'
import { texts } from './shared.ts'

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
    strategies: list(
      record<StrategyDefinition>({
        id: text(),
        name: text(),
        strategyType: text(),
        version: text(),
        enabled: flag,
        baseTimeframe: text(),
        universeSymbols: nullable(texts),
        legacyFallback: nullable(flag),
        params: jsonObject<Readonly<Record<string, Json>>>(),
      }),
    ),
  }),
  key: ({ hash }) => revisionKey(hash),
})

export const currentRevisionItem = defineItem<{ readonly hash: CatalogHash }>({
  name: 'current catalog revision',
  schema: 1,
  codec: record<{ readonly hash: CatalogHash }>({ hash: text() }),
  key: () => CURRENT_REVISION_KEY,
})
