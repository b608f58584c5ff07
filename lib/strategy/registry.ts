/**
 * Which code stands behind a strategy type and version (docs/architecture.md#plugins).
 *
 * Invariants: a version resolves exactly or not at all, also behind an alias; one plugin per id and version.
 */
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import type { StrategyPlugin } from './plugin.ts'
import { intradayTsmom } from './plugins/intraday-tsmom.ts'
import { legacyMacdRsi } from './plugins/legacy-macd-rsi.ts'
import type { PreparedPlugin } from './prepared-plugin.ts'

export interface PluginReference {
  readonly pluginId: string
  readonly version: string
}

/** Old names of strategy types (docs/architecture.md#plugins). */
export const PLUGIN_ALIASES: Readonly<Record<string, PluginReference>> = {
  static: { pluginId: 'legacy_macd_rsi', version: '1.0.0' },
  intraday_tsmom_v1: { pluginId: 'intraday_tsmom', version: '1.1.0' },
  tsmom_intraday: { pluginId: 'intraday_tsmom', version: '1.1.0' },
}

export type PluginResolution =
  | { readonly kind: 'found'; readonly plugin: StrategyPlugin | PreparedPlugin }
  | { readonly kind: 'unknown_type' }
  /** The type is known, under other versions only. */
  | { readonly kind: 'unknown_version'; readonly versions: readonly string[] }

export class PluginRegistry {
  readonly #plugins: ReadonlyMap<string, ReadonlyMap<string, StrategyPlugin | PreparedPlugin>>

  /** @throws ConfigurationError naming every plugin whose id and version (or alias) is taken already. */
  constructor(plugins: readonly (StrategyPlugin | PreparedPlugin)[]) {
    const byType = new Map<string, Map<string, StrategyPlugin | PreparedPlugin>>()
    const violations: Violation[] = []
    for (const plugin of plugins) {
      const versions = byType.get(plugin.pluginId) ?? new Map<string, StrategyPlugin | PreparedPlugin>()
      const path = `plugin ${plugin.pluginId}@${plugin.version}`
      if (Object.hasOwn(PLUGIN_ALIASES, plugin.pluginId)) {
        violations.push({ path, found: 'the name of an alias', allowed: 'a plugin id of its own' })
      } else if (versions.has(plugin.version)) {
        violations.push({ path, found: 'a second one', allowed: 'one plugin per id and version' })
      } else versions.set(plugin.version, plugin)
      byType.set(plugin.pluginId, versions)
    }
    if (violations.length > 0) throw new ConfigurationError('strategy plugins', violations)
    this.#plugins = byType
  }

  /** Finds the plugin of exactly this version; an alias stands for one version only. */
  resolve(strategyType: string, version: string): PluginResolution {
    const alias = Object.hasOwn(PLUGIN_ALIASES, strategyType) ? PLUGIN_ALIASES[strategyType] : undefined
    const versions = this.#plugins.get(alias?.pluginId ?? strategyType)
    if (versions === undefined) return { kind: 'unknown_type' }
    const plugin = alias === undefined || alias.version === version ? versions.get(version) : undefined
    if (plugin === undefined) return { kind: 'unknown_version', versions: this.versionsOf(strategyType) }
    return { kind: 'found', plugin }
  }

  /** Every strategy type that resolves, aliases included, sorted. */
  knownTypes(): readonly string[] {
    const aliases = Object.entries(PLUGIN_ALIASES).filter(([, { pluginId }]) => this.#plugins.has(pluginId))
    return [...this.#plugins.keys(), ...aliases.map(([alias]) => alias)].sort()
  }

  /** The versions under which a type or alias resolves, sorted; empty for an unknown type. */
  versionsOf(strategyType: string): readonly string[] {
    const alias = Object.hasOwn(PLUGIN_ALIASES, strategyType) ? PLUGIN_ALIASES[strategyType] : undefined
    if (alias !== undefined) return this.#plugins.has(alias.pluginId) ? [alias.version] : []
    return [...(this.#plugins.get(strategyType)?.keys() ?? [])].sort()
  }
}

/**
 * The two built-in plugins and the user's.
 * @throws ConfigurationError when a user plugin takes an id and version that exists already
 */
export function builtinRegistry(userPlugins: readonly StrategyPlugin[] = []): PluginRegistry {
  return new PluginRegistry([legacyMacdRsi(), intradayTsmom(), ...userPlugins])
}
