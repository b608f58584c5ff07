/** The strategy catalog in memory. */
import type { CatalogHash } from '../../domain/ids.ts'
import type { CatalogRevision, StrategyCatalog } from '../../ports/strategy-catalog.ts'

export class MemoryStrategyCatalog implements StrategyCatalog {
  readonly #revisions = new Map<CatalogHash, CatalogRevision>()
  #current: CatalogHash | null = null

  async currentHash(): Promise<CatalogHash | null> {
    return this.#current
  }

  async readRevision(hash: CatalogHash): Promise<CatalogRevision | null> {
    return this.#revisions.get(hash) ?? null
  }

  async apply(revision: CatalogRevision): Promise<void> {
    if (!this.#revisions.has(revision.hash)) this.#revisions.set(revision.hash, revision)
    this.#current = revision.hash
  }
}
