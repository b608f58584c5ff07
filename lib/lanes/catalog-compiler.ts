/** Compiled strategies by catalog hash: the last revision is kept per process, since revisions are immutable. */
import type { Settings } from '../domain/settings.ts'
import { StateError } from '../domain/errors.ts'
import type { CatalogHash } from '../domain/ids.ts'
import type { StrategyCatalog } from '../ports/strategy-catalog.ts'
import { compileStrategies, type CompiledStrategies } from '../strategy/compile.ts'
import type { PluginRegistry } from '../strategy/registry.ts'

/** @throws StateError when the catalog has no such revision. */
export function catalogCompiler(
  catalog: Pick<StrategyCatalog, 'readRevision'>,
  registry: PluginRegistry,
): (hash: CatalogHash, settings: Settings) => Promise<CompiledStrategies> {
  let kept: { readonly key: string; readonly compiled: CompiledStrategies } | null = null
  return async (hash, { circuitErrors, circuitCooldownSeconds }) => {
    const key = `${hash} ${circuitErrors} ${circuitCooldownSeconds}`
    if (kept?.key === key) return kept.compiled
    const revision = await catalog.readRevision(hash)
    if (revision === null) throw new StateError(`the strategy catalog has no revision ${hash}`)
    const compiled = compileStrategies(revision.strategies, registry, {
      circuitErrors,
      circuitCooldownSeconds,
    })
    kept = { key, compiled }
    return compiled
  }
}
