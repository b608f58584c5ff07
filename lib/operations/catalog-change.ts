/**
 * What applying a strategies file does to the catalog: merge adds and replaces by id, sync makes the catalog equal
 * to the file. Pure; the result is a new revision, revisions never change (docs/architecture.md#state).
 */
import { isDeepStrictEqual } from 'node:util'
import type { Encoded } from '../formats/codec.ts'
import { strategyEntry } from '../formats/strategy-codec.ts'
import { catalogHash } from '../strategy/compile.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'
import type { PluginRegistry } from '../strategy/registry.ts'
import type { CatalogRevision } from '../ports/strategy-catalog.ts'

export type ApplyMode = 'merge' | 'sync'

export interface FieldChange {
  /** As a strategies file calls it, with what stands there. */
  readonly field: string
  readonly before: Encoded
  readonly after: Encoded
}

export interface StrategyChange {
  readonly id: string
  readonly kind: 'added' | 'changed' | 'removed' | 'unchanged'
  /** Only for `changed`. */
  readonly fields: readonly FieldChange[]
}

export interface CatalogChange {
  readonly revision: CatalogRevision
  /** Sorted by id. */
  readonly changes: readonly StrategyChange[]
}

export function changeCatalog(
  current: readonly StrategyDefinition[],
  file: readonly StrategyDefinition[],
  mode: ApplyMode,
): CatalogChange {
  const before = byId(current)
  const wanted = byId(mode === 'sync' ? file : [...current, ...file])
  const ids = [...new Set([...before.keys(), ...wanted.keys()])].sort()
  const strategies = ids.flatMap((id) => wanted.get(id) ?? [])
  return {
    revision: { hash: catalogHash(strategies), strategies },
    changes: ids.map((id) => changeOf(id, before.get(id), wanted.get(id))),
  }
}

/** @throws ConfigurationError naming every strategy whose plugin or version does not exist */
export function refuseUnknownPlugins(
  strategies: readonly StrategyDefinition[],
  registry: PluginRegistry,
): void {
  const advice = 'Nothing was applied. Correct type and version: a version resolves exactly or not at all.'
  registry.requireKnown(strategies, advice)
}

function byId(strategies: readonly StrategyDefinition[]): Map<string, StrategyDefinition> {
  return new Map(strategies.map((strategy) => [strategy.id, strategy]))
}

function changeOf(
  id: string,
  before: StrategyDefinition | undefined,
  after: StrategyDefinition | undefined,
): StrategyChange {
  if (before === undefined) return { id, kind: 'added', fields: [] }
  if (after === undefined) return { id, kind: 'removed', fields: [] }
  const [old, wanted] = [strategyEntry.encode(before), strategyEntry.encode(after)]
  const fields = Object.keys(wanted)
    .filter((field) => !isDeepStrictEqual(old[field], wanted[field]))
    .map((field) => ({ field, before: old[field] ?? null, after: wanted[field] ?? null }))
  return { id, kind: fields.length > 0 ? 'changed' : 'unchanged', fields }
}
