/**
 * What applying a strategies file does to the catalog. Pure; the result is a new revision, revisions never change
 * (docs/architecture.md#state).
 */
import { strategyEntry } from '../formats/strategy-codec.ts'
import { requireKnown } from '../strategy/check-strategies.ts'
import { catalogHash } from '../strategy/compile.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'
import type { PluginRegistry } from '../strategy/registry.ts'
import type { CatalogRevision } from '../ports/strategy-catalog.ts'
import { applyEntries, type ApplyMode, type EntryChange } from './entry-changes.ts'

export interface CatalogChange {
  readonly revision: CatalogRevision
  /** Sorted by id. */
  readonly changes: readonly EntryChange[]
}

export function changeCatalog(
  current: readonly StrategyDefinition[],
  file: readonly StrategyDefinition[],
  mode: ApplyMode,
): CatalogChange {
  const byId = { idOf: ({ id }: StrategyDefinition) => id, codec: strategyEntry }
  const { entries, changes } = applyEntries(current, file, mode, byId)
  return { revision: { hash: catalogHash(entries), strategies: entries }, changes }
}

/** @throws ConfigurationError naming every strategy whose plugin or version does not exist */
export function refuseUnknownPlugins(
  strategies: readonly StrategyDefinition[],
  registry: PluginRegistry,
): void {
  const advice = 'Nothing was applied. Correct type and version: a version resolves exactly or not at all.'
  requireKnown(registry, strategies, advice)
}
