/**
 * The legacy path (docs/architecture.md#legacy-path): the MACD/RSI rule, evaluated for a strategy with that
 * strategy's own
 * parameters, whatever its plugin. It decides in `legacy` mode, while the scheduler is off, and for a
 * strategy whose plugin could not decide.
 *
 * Invariants: the rule reads `macd`, `macd_signal` and `rsi14` and nothing else; it has no state.
 */
import type { RawIntent } from '../domain/intent.ts'
import type { Signal } from '../domain/signal.ts'
import type { StrategyDefinition } from '../domain/strategy-definition.ts'
import type { FeatureVector } from '../strategy/plugin.ts'
import { legacyMacdRsi } from '../strategy/plugins/legacy-macd-rsi.ts'
import { type PreparedPlugin, type PreparedRule, ruleOf } from '../strategy/prepared-plugin.ts'

export class LegacyPath {
  readonly #rules = new Map<string, PreparedRule | null>()
  #made: PreparedPlugin | null = null

  /** The strategy's intent by the legacy rule, or null when the rule says to do nothing. */
  evaluate(strategy: StrategyDefinition, signal: Signal, features: FeatureVector): RawIntent | null {
    const intent = this.#ruleOf(strategy)?.(features) ?? null
    return intent === null
      ? null
      : {
          ...intent,
          strategyId: strategy.id,
          symbol: signal.symbol,
          horizon: signal.timeframe,
          pluginId: this.#plugin.pluginId,
          pluginVersion: this.#plugin.version,
          featureSnapshotHash: features.hash,
        }
  }

  /** Most cycles never ask it. */
  get #plugin(): PreparedPlugin {
    return (this.#made ??= legacyMacdRsi())
  }

  /** Parameters are read once per strategy. */
  #ruleOf(strategy: StrategyDefinition): PreparedRule | null {
    let rule = this.#rules.get(strategy.id)
    if (rule === undefined) {
      rule = ruleOf(this.#plugin, strategy.params)
      this.#rules.set(strategy.id, rule)
    }
    return rule
  }
}
