/**
 * One plugin of a user's module, checked (docs/architecture.md#plugins).
 *
 * Invariant: what comes out is an object of our own: nothing the module changes later reaches the registry.
 */
import { didYouMean } from '../domain/did-you-mean.ts'
import type { Violation } from '../domain/errors.ts'
import { MOST_HISTORY } from './history.ts'
import { checkSchema } from './params-schema.ts'
import {
  CUSTOM_PREFIX,
  type FeatureVector,
  NUMERIC_FEATURES,
  type PluginIntent,
  type StrategyContext,
  type StrategyPlugin,
  TEXT_FEATURES,
} from './plugin.ts'

/** As the contract has it, if the checks pass. */
interface UncheckedPlugin extends Omit<StrategyPlugin, 'evaluate'> {
  readonly evaluate: (context: StrategyContext, features: FeatureVector) => PluginIntent | null | undefined
}

const FEATURE_NAMES: readonly string[] = [...NUMERIC_FEATURES, ...TEXT_FEATURES, 'bar']
const NEEDS = ['contract', 'price']

/** Null with violations added when it is no plugin. Throws what reading it throws. */
export function checkPlugin(plugin: unknown, path: string, violations: Violation[]): StrategyPlugin | null {
  if (typeof plugin !== 'object' || plugin === null) {
    violations.push({ path, found: shown(plugin), allowed: 'a plugin' })
    return null
  }
  const { pluginId, version, requiredFeatures, needs, history, params, evaluate } = plugin as UncheckedPlugin
  const before = violations.length
  checkText(pluginId, `${path}.pluginId`, violations)
  checkText(version, `${path}.version`, violations)
  checkFeatures(requiredFeatures, `${path}.requiredFeatures`, violations)
  if (needs !== undefined && !NEEDS.includes(needs)) {
    violations.push({ path: `${path}.needs`, found: shown(needs), allowed: NEEDS.join(', ') })
  }
  if (history !== undefined && !isCount(history)) {
    const found = typeof history === 'number' ? String(history) : shown(history)
    violations.push({ path: `${path}.history`, found, allowed: `a whole number from 0 to ${MOST_HISTORY}` })
  }
  if (params !== undefined) checkSchema(params, `${path}.params`, violations)
  if (typeof evaluate !== 'function') {
    violations.push({ path: `${path}.evaluate`, found: shown(evaluate), allowed: 'a function' })
  }
  if (violations.length > before) return null
  return Object.freeze({
    pluginId,
    version,
    requiredFeatures: Object.freeze([...requiredFeatures]),
    ...(needs === undefined ? {} : { needs }),
    ...(history === undefined ? {} : { history }),
    ...(params === undefined ? {} : { params: structuredClone(params) }),
    evaluate: (context: StrategyContext, features: FeatureVector) => evaluate.call(plugin, context, features),
  })
}

function isCount(history: unknown): boolean {
  return Number.isInteger(history) && Number(history) >= 0 && Number(history) <= MOST_HISTORY
}

export function checkText(value: unknown, path: string, violations: Violation[]): void {
  if (typeof value === 'string' && value !== '') return
  violations.push({ path, found: shown(value), allowed: 'a text that is not empty' })
}

function checkFeatures(value: unknown, path: string, violations: Violation[]): void {
  if (!Array.isArray(value)) {
    violations.push({ path, found: shown(value), allowed: 'a list of feature names' })
    return
  }
  for (const [index, name] of value.entries()) {
    if (typeof name === 'string' && isFeatureName(name)) continue
    const hint = typeof name === 'string' ? didYouMean(name, FEATURE_NAMES) : undefined
    violations.push({
      path: `${path}[${index}]`,
      found: shown(name),
      allowed: `${FEATURE_NAMES.join(', ')}, ${CUSTOM_PREFIX}<name>`,
      ...(hint === undefined ? {} : { didYouMean: hint }),
    })
  }
}

function isFeatureName(name: string): boolean {
  return FEATURE_NAMES.includes(name) || (name.startsWith(CUSTOM_PREFIX) && name !== CUSTOM_PREFIX)
}

export function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : value === null ? 'null' : `a ${typeof value}`
}
