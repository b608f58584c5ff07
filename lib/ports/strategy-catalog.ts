/** The strategy catalog: immutable revisions, one of them current (docs/architecture.md#state). */
import type { CatalogHash } from '../domain/ids.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'

export interface CatalogRevision {
  readonly hash: CatalogHash
  readonly strategies: readonly StrategyDefinition[]
}

export interface StrategyCatalog {
  /** The current revision's hash; null when nothing was applied yet. */
  currentHash(): Promise<CatalogHash | null>
  readRevision(hash: CatalogHash): Promise<CatalogRevision | null>
  /** Stores the revision unless it is there, then makes it current. */
  apply(revision: CatalogRevision): Promise<void>
}
