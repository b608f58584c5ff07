/**
 * How the built-in plugins are compiled: params are read once per strategy, and what remains is a function
 * of the features alone, which needs no context. User plugins have no such entry: they are always called
 * through `evaluate`, with a context of their own per call.
 */
import type { StrategyIntent } from '../domain/intent.ts'
import type { FeatureVector, StrategyContext, StrategyPlugin } from './plugin.ts'
import { type Decimal, decimal, decimalOfNumber, parseDecimal } from '../domain/decimal.ts'

export type StrategyParams = StrategyContext['params']

/**
 * What a strategy answers to features, its params already read. It is our own code: the intent is well
 * formed and frozen with its reasons, so the runtime need not check it as it does a user plugin's.
 */
export type PreparedRule = (features: FeatureVector) => StrategyIntent | null

/** Whether a rule wants nothing of a vector, whatever its params: then nobody whose rule it is need be asked. */
export type SilenceCheck = (features: FeatureVector) => boolean

const prepareRule: unique symbol = Symbol('prepareRule')
const isSilent: unique symbol = Symbol('isSilent')

export interface PreparedPlugin extends StrategyPlugin {
  /** Keyed by a symbol that only this module hands out, so that no user plugin has it by accident. */
  readonly [prepareRule]: (params: StrategyParams) => PreparedRule
  /** Null: each strategy has to be asked. */
  readonly [isSilent]: SilenceCheck | null
}

/** A plugin whose answer depends on nothing but params and features. */
export function preparedPlugin(
  identity: Pick<StrategyPlugin, 'pluginId' | 'version' | 'requiredFeatures'>,
  prepare: (params: StrategyParams) => PreparedRule,
  silence: SilenceCheck | null = null,
): PreparedPlugin {
  return Object.freeze({
    ...identity,
    evaluate: (context: StrategyContext, features: FeatureVector) => prepare(context.params)(features),
    [prepareRule]: prepare,
    [isSilent]: silence,
  })
}

/** The compiled rule of a built-in plugin; null for a user plugin. */
export function ruleOf(plugin: StrategyPlugin | PreparedPlugin, params: StrategyParams): PreparedRule | null {
  return prepareRule in plugin ? plugin[prepareRule](params) : null
}

/** Null for a user plugin, and where each strategy has to be asked. */
export function silenceOf(plugin: StrategyPlugin | PreparedPlugin): SilenceCheck | null {
  return isSilent in plugin ? plugin[isSilent] : null
}

const DEFAULT_NOTIONAL = decimal('100')

/** The `max_notional_per_trade` of a built-in plugin's params; 100 if it is absent, unreadable or not positive. */
export function targetNotional(params: StrategyParams): Decimal {
  const given = params['max_notional_per_trade']
  const notional =
    typeof given === 'string'
      ? parseDecimal(given)
      : typeof given === 'number'
        ? decimalOfNumber(given)
        : null
  return notional !== null && notional > 0n ? notional : DEFAULT_NOTIONAL
}

/**
 * Several strategies share a plugin and see the same vector one after the other; what a rule says of the
 * vector alone, whatever the params, is worked out for the first of them and kept for the others.
 *
 * Invariant: the rule depends on the vector only, which is deeply frozen, so nobody can tell the difference.
 */
export function oncePerVector<Answer>(
  rule: (features: FeatureVector) => Answer,
): (features: FeatureVector) => Answer {
  let last: { readonly features: FeatureVector; readonly answer: Answer } | null = null
  return (features) => {
    if (last === null || last.features !== features) last = { features, answer: rule(features) }
    return last.answer
  }
}
