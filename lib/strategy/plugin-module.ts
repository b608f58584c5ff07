/**
 * What a user's plugin module exports: `plugins`, an array or a function of the SDK that returns one, and perhaps
 * `indicators`, in the same two forms.
 *
 * Invariant: a module either yields well-formed plugins and indicators or an error that names file and export.
 */
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import type { Indicator } from '../domain/indicator.ts'
import { checkIndicator } from './check-indicator.ts'
import { checkPlugin } from './check-plugin.ts'
import type { StrategyPlugin } from './plugin.ts'
import { PLUGIN_SDK, type PluginSdk } from './sdk.ts'

export interface PluginModule {
  readonly plugins: readonly StrategyPlugin[]
  readonly indicators: readonly Indicator[]
}

/** The exports of a module as they were imported. */
export interface ModuleExports {
  readonly plugins?: unknown
  readonly indicators?: unknown
}

export const NO_PLUGINS: PluginModule = Object.freeze({
  plugins: Object.freeze([]),
  indicators: Object.freeze([]),
})

const PLUGINS_SHAPE = 'an array of plugins, or a function (sdk) => array'
const INDICATORS_SHAPE = 'an array of indicators, or a function (sdk) => array'

/**
 * Checks what a module exports.
 * @throws ConfigurationError with every violation
 */
export function validateModule(exported: ModuleExports, module: string): PluginModule {
  const violations: Violation[] = []
  const taken = new Set<string>()
  const checked = {
    plugins: pluginsOf(exported, module, violations),
    indicators: entriesOf(
      exported.indicators ?? [],
      `${module} indicators`,
      INDICATORS_SHAPE,
      (indicator, path) => checkIndicator(indicator, path, taken, violations),
    ),
  }
  if (violations.length > 0) throw new ConfigurationError(module, violations)
  return Object.freeze(checked)
}

/** As `validateModule`, for who has no bars: a lane's bundle holds nothing for indicators. */
export function validatePlugins(exported: ModuleExports, module: string): PluginModule['plugins'] {
  const violations: Violation[] = []
  const plugins = pluginsOf(exported, module, violations)
  if (violations.length > 0) throw new ConfigurationError(module, violations)
  return plugins
}

function pluginsOf({ plugins }: ModuleExports, module: string, violations: Violation[]) {
  return entriesOf(plugins, `${module} plugins`, PLUGINS_SHAPE, (plugin, path) =>
    checkPlugin(plugin, path, violations),
  )
}

function entriesOf<Entry>(
  exported: unknown,
  path: string,
  shape: string,
  check: (entry: unknown, path: string) => Entry | null,
): readonly Entry[] {
  let list: unknown = exported
  if (typeof exported === 'function') {
    try {
      list = (exported as (sdk: PluginSdk) => unknown)(PLUGIN_SDK)
    } catch (cause) {
      throw unusable(path, 'a function that throws', shape, cause)
    }
  }
  if (!Array.isArray(list)) {
    throw unusable(path, list === undefined ? 'no such export' : `a ${typeof list}`, shape)
  }
  const entries: Entry[] = []
  for (const [index, entry] of list.entries()) {
    const at = `${path}[${index}]`
    try {
      const checked = check(entry, at)
      if (checked !== null) entries.push(checked)
    } catch (cause) {
      throw unusable(at, 'a property that throws when it is read', shape, cause)
    }
  }
  return Object.freeze(entries)
}

export function unusable(path: string, found: string, allowed: string, cause?: unknown): ConfigurationError {
  const because = cause instanceof Error ? ` (${cause.message})` : ''
  return new ConfigurationError('plugin module', [{ path, found: `${found}${because}`, allowed }], { cause })
}
