/**
 * How the built-in plugins are compiled: params are read once per strategy, and what remains is a function
 * of the features alone, which needs no context. User plugins have no such entry: they are always called
 * through `evaluate`, with a context of their own per call.
 */
import type { StrategyIntent } from '../domain/intent.ts'
import type { FeatureVector, StrategyContext, StrategyPlugin } from './plugin.ts'

export type StrategyParams = StrategyContext['params']

/**
 * What a strategy answers to features, its params already read. It is our own code: the intent is well
 * formed and frozen with its reasons, so the runtime need not check it as it does a user plugin's.
 */
export type PreparedRule = (features: FeatureVector) => StrategyIntent | null

const prepareRule: unique symbol = Symbol('prepareRule')

export interface PreparedPlugin extends StrategyPlugin {
  /** Keyed by a symbol that only this module hands out, so that no user plugin has it by accident. */
  readonly [prepareRule]: (params: StrategyParams) => PreparedRule
}

/** A plugin whose answer depends on nothing but params and features. */
export function preparedPlugin(
  identity: Pick<StrategyPlugin, 'pluginId' | 'version' | 'requiredFeatures'>,
  prepare: (params: StrategyParams) => PreparedRule,
): PreparedPlugin {
  return Object.freeze({
    ...identity,
    evaluate: (context: StrategyContext, features: FeatureVector) => prepare(context.params)(features),
    [prepareRule]: prepare,
  })
}

/** The compiled rule of a built-in plugin; null for a user plugin. */
export function ruleOf(plugin: StrategyPlugin | PreparedPlugin, params: StrategyParams): PreparedRule | null {
  return prepareRule in plugin ? plugin[prepareRule](params) : null
}
