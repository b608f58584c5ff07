/**
 * What a user's plugin module exports as `plugins`: an array, or a function of the SDK that returns one.
 *
 * Invariant: a module either yields well-formed plugins or an error that names file and export.
 */
import { decimal, div, max, min, mul } from '../domain/decimal.ts'
import { didYouMean } from '../domain/did-you-mean.ts'
import type { StrategyIntent } from '../domain/intent.ts'
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import {
  type FeatureVector,
  NUMERIC_FEATURES,
  type StrategyContext,
  type StrategyPlugin,
  TEXT_FEATURES,
} from './plugin.ts'

/** What a module's `plugins` function gets: the arithmetic of Decimal. */
export const PLUGIN_SDK = Object.freeze({ decimal, mul, div, min, max })
export type PluginSdk = typeof PLUGIN_SDK

/** As the contract has it, if the checks pass. */
interface UncheckedPlugin extends Omit<StrategyPlugin, 'evaluate'> {
  readonly evaluate: (context: StrategyContext, features: FeatureVector) => StrategyIntent | null
}

const FEATURE_NAMES: readonly string[] = [...NUMERIC_FEATURES, ...TEXT_FEATURES]
const EXPORT_SHAPE = 'an array of plugins, or a function (sdk) => array'

/**
 * Checks what a module exports as `plugins`.
 * @throws ConfigurationError with every violation
 */
export function validatePlugins(exported: unknown, module: string): readonly StrategyPlugin[] {
  let list: unknown = exported
  if (typeof exported === 'function') {
    try {
      list = (exported as (sdk: PluginSdk) => unknown)(PLUGIN_SDK)
    } catch (cause) {
      throw unusable(`${module} plugins`, 'a function that throws', EXPORT_SHAPE, cause)
    }
  }
  if (!Array.isArray(list)) {
    const found = list === undefined ? 'no such export' : `a ${typeof list}`
    throw unusable(`${module} plugins`, found, EXPORT_SHAPE)
  }
  const violations: Violation[] = []
  const plugins: StrategyPlugin[] = []
  for (const [index, plugin] of list.entries()) {
    const path = `${module} plugins[${index}]`
    try {
      const checked = checkPlugin(plugin, path, violations)
      if (checked !== null) plugins.push(checked)
    } catch (cause) {
      throw unusable(path, 'a property that throws when it is read', 'a plugin', cause)
    }
  }
  if (violations.length > 0) throw new ConfigurationError(module, violations)
  return Object.freeze(plugins)
}

/** The plugin as it is now, in an object of our own: nothing the module changes later reaches the registry. */
function checkPlugin(plugin: unknown, path: string, violations: Violation[]): StrategyPlugin | null {
  if (typeof plugin !== 'object' || plugin === null) {
    violations.push({ path, found: shown(plugin), allowed: 'a plugin' })
    return null
  }
  const { pluginId, version, requiredFeatures, evaluate } = plugin as UncheckedPlugin
  const before = violations.length
  checkText(pluginId, `${path}.pluginId`, violations)
  checkText(version, `${path}.version`, violations)
  checkFeatures(requiredFeatures, `${path}.requiredFeatures`, violations)
  if (typeof evaluate !== 'function') {
    violations.push({ path: `${path}.evaluate`, found: shown(evaluate), allowed: 'a function' })
  }
  if (violations.length > before) return null
  return Object.freeze({
    pluginId,
    version,
    requiredFeatures: Object.freeze([...requiredFeatures]),
    evaluate: (context: StrategyContext, features: FeatureVector) => evaluate.call(plugin, context, features),
  })
}

function checkText(value: unknown, path: string, violations: Violation[]): void {
  if (typeof value === 'string' && value !== '') return
  violations.push({ path, found: shown(value), allowed: 'a text that is not empty' })
}

function checkFeatures(value: unknown, path: string, violations: Violation[]): void {
  if (!Array.isArray(value)) {
    violations.push({ path, found: shown(value), allowed: 'a list of feature names' })
    return
  }
  for (const [index, name] of value.entries()) {
    if (typeof name === 'string' && FEATURE_NAMES.includes(name)) continue
    const hint = typeof name === 'string' ? didYouMean(name, FEATURE_NAMES) : undefined
    violations.push({
      path: `${path}[${index}]`,
      found: shown(name),
      allowed: FEATURE_NAMES.join(', '),
      ...(hint === undefined ? {} : { didYouMean: hint }),
    })
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : value === null ? 'null' : `a ${typeof value}`
}

export function unusable(path: string, found: string, allowed: string, cause?: unknown): ConfigurationError {
  const because = cause instanceof Error ? ` (${cause.message})` : ''
  return new ConfigurationError('plugin module', [{ path, found: `${found}${because}`, allowed }], { cause })
}
