/** Compiled strategies by catalog hash: the last revision is kept per process, since revisions are immutable. */
import type { Settings } from '../domain/settings.ts'
import { StateError } from '../domain/errors.ts'
import type { CatalogHash } from '../domain/ids.ts'
import type { PluginWatch } from '../ports/plugin-watch.ts'
import type { StrategyCatalog } from '../ports/strategy-catalog.ts'
import { compileStrategies, type CompiledStrategies } from '../strategy/compile.ts'
import type { PluginRegistry } from '../strategy/registry.ts'

/**
 * @param watch told of each catalog before it is given out; nobody is if there is none
 * @throws StateError when the catalog has no such revision.
 */
export function catalogCompiler(
  catalog: Pick<StrategyCatalog, 'readRevision'>,
  registry: PluginRegistry,
  watch?: Pick<PluginWatch, 'introduce'>,
): (hash: CatalogHash, settings: Settings) => Promise<CompiledStrategies> {
  let kept: { readonly hash: CatalogHash; readonly compiled: CompiledStrategies } | null = null
  return async (hash, { circuitErrors, circuitCooldownSeconds }) => {
    const isKept =
      kept?.hash === hash &&
      kept.compiled.circuitErrors === circuitErrors &&
      kept.compiled.circuitCooldownSeconds === circuitCooldownSeconds
    if (kept === null || !isKept) {
      const revision = await catalog.readRevision(hash)
      if (revision === null) throw new StateError(`the strategy catalog has no revision ${hash}`)
      const options = { circuitErrors, circuitCooldownSeconds }
      kept = { hash, compiled: compileStrategies(revision.strategies, registry, options) }
    }
    watch?.introduce(kept.compiled.strategies)
    return kept.compiled
  }
}
