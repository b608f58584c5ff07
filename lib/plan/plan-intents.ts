/**
 * What an account's strategies want of a signal, by the runtime mode (docs/architecture.md#legacy-path):
 * the legacy rule per strategy, or the plugin runtime with fallback and aggregation, or the legacy rule
 * with the runtime in shadow.
 *
 * Invariants: circuits change only when the runtime is asked, shadow or not; what the shadow wants is
 * counted, never returned.
 */
import type { Settings } from '../domain/settings.ts'
import { AGGREGATED_ORIGIN } from '../domain/ids.ts'
import type { RawIntent, StrategyErrorReason } from '../domain/intent.ts'
import type { CircuitStates } from '../domain/lane.ts'
import type { Signal } from '../domain/signal.ts'
import { aggregateIntents } from '../strategy/aggregator.ts'
import { CircuitBook } from '../strategy/circuit.ts'
import { METRICS } from '../domain/metric-names.ts'
import type { CompiledStrategy } from '../strategy/compile.ts'
import { normalizeFeatures, readFeatures } from '../strategy/features.ts'
import type { FeatureVector } from '../strategy/plugin.ts'
import { evaluateSignal } from '../strategy/runtime.ts'
import {
  NO_ERRORS,
  type SignalEvaluation,
  type StrategyError,
  type Surroundings,
} from '../strategy/signal-evaluation.ts'
import type { AccountStrategies } from './account-strategies.ts'
import { type Undecided, fallbackIntents } from './fallback.ts'
import { LegacyPath } from './legacy.ts'
import type { WantedOrder } from './plan-decisions.ts'
import { NO_PROPERTIES, type Observations } from './plan-observations.ts'
import { compareShadow } from './shadow.ts'

/** Who decides, and whether the runtime runs beside. */
export type DecidingPath = 'legacy' | 'runtime' | 'legacy_with_shadow'

export interface SignalIntents {
  /** In the order in which they are decided: by origin. */
  readonly wanted: readonly WantedOrder[]
  /** What all of them wanted before conflicts were resolved, those that fell back included. */
  readonly raw: readonly RawIntent[]
  /** As far as they can be read. */
  readonly features: FeatureVector
  /** Why the signal does not satisfy the feature contract, or null. */
  readonly normalizationError: string | null
  /** How many strategies the signal concerns. */
  readonly asked: number
  /** Strategies that could not decide, by their place in the catalog; of the deciding path alone. */
  readonly failed: readonly number[]
  /** Whether a strategy of the deciding path wanted to close what is not there. */
  readonly nothingToClose: boolean
  /** Whether a strategy of the deciding path was not asked since its history is not there yet. */
  readonly historyTooShort: boolean
  /** What went wrong, in shadow too. */
  readonly errors: readonly StrategyError[]
}

const ISOLATED: ReadonlySet<StrategyErrorReason> = new Set([
  'plugin_error',
  'invalid_intent',
  'plugin_timeout',
])
const NONE_FAILED: readonly number[] = Object.freeze([])
const NO_INTENTS: readonly RawIntent[] = Object.freeze([])

export function decidingPath({
  runtimeMode,
  schedulerEnabled,
}: Pick<Settings, 'runtimeMode' | 'schedulerEnabled'>): DecidingPath {
  switch (runtimeMode) {
    case 'legacy':
      return 'legacy'
    case 'plugin_v3':
      return 'runtime'
    case 'scheduler_v3':
      return schedulerEnabled ? 'runtime' : 'legacy_with_shadow'
    default:
      return runtimeMode satisfies never
  }
}

export class IntentSource {
  readonly #strategies: AccountStrategies
  readonly #settings: Settings
  readonly #circuits: CircuitBook
  readonly #observations: Observations
  readonly #path: DecidingPath
  #made: LegacyPath | null = null

  constructor(
    strategies: AccountStrategies,
    settings: Settings,
    circuits: CircuitStates,
    observations: Observations,
  ) {
    this.#strategies = strategies
    this.#settings = settings
    this.#circuits = new CircuitBook(circuits)
    this.#observations = observations
    this.#path = decidingPath(settings)
  }

  /** Most cycles never ask it. */
  get #legacy(): LegacyPath {
    return (this.#made ??= new LegacyPath())
  }

  /** @param around what plugins see of the account, and which of them did not come back */
  intentsOf(signal: Signal, around: Surroundings): SignalIntents {
    const asked = this.#strategies.compiled.asked(signal.timeframe, signal.symbol)
    this.#observations.count(METRICS.strategyEvents, NO_PROPERTIES, asked.length)
    if (this.#path === 'runtime') return this.#runtimeIntents(signal, asked.length, around)
    const { intents, raw } = this.#legacyIntents(signal, asked)
    if (this.#path !== 'legacy_with_shadow') return intents
    const shadow = this.#evaluate(signal, 'shadow', around)
    compareShadow(raw, shadow.raw, this.#observations)
    return { ...intents, errors: shadow.errors }
  }

  /** The circuits after all signals so far; those of strategies that left the catalog are forgotten. */
  circuits(): CircuitStates {
    const states = this.#circuits.toStates()
    if (this.#circuits.isClear) return states
    const known = new Set(this.#strategies.compiled.definitions.map(({ id }) => id))
    return Object.fromEntries(Object.entries(states).filter(([id]) => known.has(id)))
  }

  #legacyIntents(
    signal: Signal,
    asked: readonly CompiledStrategy[],
  ): { readonly intents: SignalIntents; readonly raw: readonly RawIntent[] } {
    const normalization = normalizeFeatures(signal)
    const features = normalization.kind === 'ok' ? normalization.features : readFeatures(signal)
    const reason = this.#path === 'legacy' ? 'legacy_mode' : 'scheduler_disabled'
    this.#observations.count(METRICS.legacyPath, { reason }, asked.length)
    const raw = asked.flatMap(({ definition }) => this.#legacy.evaluate(definition, signal, features) ?? [])
    this.#countIntents(raw)
    return {
      raw,
      intents: {
        wanted: raw.map((intent) => wantedByOne(intent)),
        raw,
        features,
        normalizationError: normalization.kind === 'ok' ? null : normalization.error,
        asked: asked.length,
        failed: NONE_FAILED,
        nothingToClose: false,
        historyTooShort: false,
        errors: NO_ERRORS,
      },
    }
  }

  #runtimeIntents(signal: Signal, asked: number, around: Surroundings): SignalIntents {
    const evaluation = this.#evaluate(signal, 'runtime', around)
    const features = evaluation.features ?? readFeatures(signal)
    const fallback = this.#fallback(evaluation, signal, features)
    const raw = fallback.length === 0 ? evaluation.raw : [...evaluation.raw, ...fallback]
    this.#countIntents(raw)
    const { intents, conflicts } = aggregateIntents(raw)
    this.#observations.count(METRICS.intentConflicts, NO_PROPERTIES, conflicts)
    return {
      wanted: intents.map((intent) => ({ origin: AGGREGATED_ORIGIN, intent, raw })),
      raw,
      features,
      normalizationError: evaluation.normalizationError,
      asked,
      failed: this.#placesOf(evaluation.errors, signal),
      nothingToClose: evaluation.nothingToClose,
      historyTooShort: evaluation.historyTooShort.length > 0,
      errors: evaluation.errors,
    }
  }

  #placesOf(errors: readonly StrategyError[], { timeframe, symbol }: Signal): readonly number[] {
    if (errors.length === 0) return NONE_FAILED
    const failed = new Set(errors.map(({ strategyId }) => strategyId))
    const asked = this.#strategies.compiled.asked(timeframe, symbol)
    return asked.filter(({ id }) => failed.has(id)).map(({ index }) => index)
  }

  #fallback(
    { errors, unusableFor }: SignalEvaluation,
    signal: Signal,
    features: FeatureVector,
  ): readonly RawIntent[] {
    if (errors.length === 0 && unusableFor.length === 0) return NO_INTENTS
    const { byId } = this.#strategies
    const undecided: Undecided[] = unusableFor.map(({ definition: strategy }) => ({
      strategy,
      reason: 'unusable_features',
    }))
    for (const { strategyId, reason } of errors) {
      const strategy = byId.get(strategyId)
      if (strategy !== undefined && reason !== 'invalid_intent') undecided.push({ strategy, reason })
    }
    if (undecided.length === 0) return []
    const tools = { legacy: this.#legacy, observations: this.#observations }
    return fallbackIntents(undecided, signal, features, this.#settings.fallbackLegacy, tools)
  }

  /** Asks the runtime; its errors are counted wherever it runs. */
  #evaluate(signal: Signal, path: 'runtime' | 'shadow', around: Surroundings): SignalEvaluation {
    const { compiled } = this.#strategies
    const evaluation = evaluateSignal(compiled, this.#circuits, signal, around)
    for (const { strategyId, reason } of evaluation.errors) {
      this.#observations.count(METRICS.strategyErrors, { strategy_id: strategyId, reason, path })
      // a failure of the plugin's own code, which cost no other plugin its evaluation
      if (ISOLATED.has(reason)) {
        this.#observations.count(METRICS.isolatedFailures, { reason, path })
      }
    }
    for (const strategyId of evaluation.circuitsOpened) {
      this.#observations.count(METRICS.strategyCircuitsOpened, { strategy_id: strategyId, path })
    }
    return evaluation
  }

  #countIntents(raw: readonly RawIntent[]): void {
    for (const { strategyId } of raw) {
      this.#observations.count(METRICS.strategyIntents, { strategy_id: strategyId })
    }
  }
}

function wantedByOne(raw: RawIntent): WantedOrder {
  const { direction, confidence, targetNotional, explain, symbol, horizon, strategyId } = raw
  return {
    origin: strategyId,
    intent: {
      direction,
      confidence,
      targetNotional,
      explain,
      symbol,
      horizon,
      sourceStrategyIds: [strategyId],
    },
    raw: [raw],
  }
}
