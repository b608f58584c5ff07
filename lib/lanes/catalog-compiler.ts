/** Compiled strategies by catalog hash: the last revision is kept per process, since revisions are immutable. */
import type { Settings } from '../domain/settings.ts'
import { StateError } from '../domain/errors.ts'
import type { CatalogHash } from '../domain/ids.ts'
import type { PluginWatch } from '../ports/plugin-watch.ts'
import type { StrategyCatalog } from '../ports/strategy-catalog.ts'
import { compileStrategies, type CompiledStrategies } from '../strategy/compile.ts'
import type { PluginRegistry } from '../strategy/registry.ts'

interface Compiled {
  readonly hash: CatalogHash
  readonly strategies: CompiledStrategies
  /** The same, for who waits for it. */
  readonly given: Promise<CompiledStrategies>
}

/**
 * @param watch told of each catalog before it is given out; nobody is if there is none
 * @throws StateError when the catalog has no such revision.
 */
export function catalogCompiler(
  catalog: Pick<StrategyCatalog, 'readRevision'>,
  registry: PluginRegistry,
  watch?: Pick<PluginWatch, 'introduce'>,
): (hash: CatalogHash, settings: Settings) => Promise<CompiledStrategies> {
  let kept: Compiled | null = null
  const compile = async (
    hash: CatalogHash,
    { circuitErrors, circuitCooldownSeconds }: Settings,
  ): Promise<CompiledStrategies> => {
    const revision = await catalog.readRevision(hash)
    if (revision === null) throw new StateError(`the strategy catalog has no revision ${hash}`)
    const options = { circuitErrors, circuitCooldownSeconds }
    const strategies = compileStrategies(revision.strategies, registry, options)
    kept = { hash, strategies, given: Promise.resolve(strategies) }
    watch?.introduce(strategies.strategies)
    return strategies
  }
  return (hash, settings) => {
    if (kept === null || kept.hash !== hash || !areOf(kept.strategies, settings))
      return compile(hash, settings)
    watch?.introduce(kept.strategies.strategies)
    return kept.given
  }
}

function areOf(strategies: CompiledStrategies, { circuitErrors, circuitCooldownSeconds }: Settings): boolean {
  return (
    strategies.circuitErrors === circuitErrors && strategies.circuitCooldownSeconds === circuitCooldownSeconds
  )
}
