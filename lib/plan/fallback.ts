/**
 * When a strategy falls back to the legacy rule (docs/architecture.md#legacy-path): only if its plugin could
 * not decide
 * (error, missing plugin, open circuit, unusable features), never when it decided to do nothing, nor when it wanted
 * something in a wrong form; per strategy, `legacy_fallback` over `TRADING_STRATEGY_RUNTIME_FALLBACK_LEGACY`.
 */
import type { RawIntent, StrategyErrorReason } from '../domain/intent.ts'
import type { Signal } from '../domain/signal.ts'
import { METRICS } from '../domain/metric-names.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'
import { type FeatureVector, REQUIRED_FEATURES } from '../strategy/plugin.ts'
import type { LegacyPath } from './legacy.ts'
import type { Observations } from './plan-observations.ts'

/** Why a plugin could not decide. */
export type FallbackReason = Exclude<StrategyErrorReason, 'invalid_intent'> | 'unusable_features'

/** A strategy whose plugin could not decide, and why. */
export interface Undecided {
  readonly strategy: StrategyDefinition
  readonly reason: FallbackReason
}

/** The intents of the strategies that fall back, in the order given; each fallback is counted. */
export function fallbackIntents(
  undecided: readonly Undecided[],
  signal: Signal,
  features: FeatureVector,
  fallbackByDefault: boolean,
  { legacy, observations }: { readonly legacy: LegacyPath; readonly observations: Observations },
): readonly RawIntent[] {
  // also features that the contract refuses may hold all that the rule and an order need
  if (REQUIRED_FEATURES.some((name) => features.values[name] === null)) return []
  const intents: RawIntent[] = []
  for (const { strategy, reason } of undecided) {
    if (!(strategy.legacyFallback ?? fallbackByDefault)) continue
    observations.count(METRICS.runtimeFallbacks, { strategy_id: strategy.id, reason })
    const intent = legacy.evaluate(strategy, signal, features)
    if (intent !== null) intents.push(intent)
  }
  return intents
}
