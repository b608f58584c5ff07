/** The strategy catalog on DynamoDB: revisions are put once; only the name of the current one changes. */
import type { CatalogHash } from '../../domain/ids.ts'
import type { CatalogRevision, StrategyCatalog } from '../../ports/strategy-catalog.ts'
import { NOT_STORED } from './table/conditions.ts'
import type { ItemTable } from './table/item-table.ts'
import {
  CURRENT_REVISION_KEY,
  currentRevisionItem,
  revisionItem,
  revisionKey,
} from './items/catalog-items.ts'

export class DynamoStrategyCatalog implements StrategyCatalog {
  readonly #table: ItemTable

  constructor(table: ItemTable) {
    this.#table = table
  }

  async currentHash(): Promise<CatalogHash | null> {
    const item = await this.#table.get(CURRENT_REVISION_KEY)
    return item === null ? null : currentRevisionItem.decode(item).hash
  }

  async readRevision(hash: CatalogHash): Promise<CatalogRevision | null> {
    const item = await this.#table.get(revisionKey(hash))
    return item === null ? null : revisionItem.decode(item)
  }

  /** @throws StateError when the revision exceeds 64 KB. */
  async apply(revision: CatalogRevision): Promise<void> {
    // a failed condition needs no reading: the hash stands for the contents
    await this.#table.put(revisionItem.encode(revision), NOT_STORED)
    await this.#table.put(currentRevisionItem.encode({ hash: revision.hash }))
  }
}
