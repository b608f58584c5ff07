/**
 * The plugin runtime: asks every strategy that a signal concerns (design section 6).
 *
 * Invariants: a plugin's error, whatever it is, is that plugin's alone and is counted by its own circuit
 * (`plugin_not_found` by none); plugins get nothing they could change for others: frozen features, frozen
 * params and a context of their own; no clock, no randomness, no I/O.
 */
import type { RawIntent, StrategyErrorReason } from '../domain/intent.ts'
import type { Signal } from '../domain/signal.ts'
import { formatInstant } from '../domain/time.ts'
import type { CircuitBook } from './circuit.ts'
import type { CompiledStrategies, CompiledStrategy } from './compile.ts'
import { normalizeFeatures } from './features.ts'
import { validateIntent } from './intent-validation.ts'
import type { FeatureVector, StrategyContext, StrategyPlugin } from './plugin.ts'

export interface StrategyError {
  readonly strategyId: string
  readonly reason: StrategyErrorReason
  /** For people; nothing decides by it. */
  readonly detail: string
}

export interface SignalEvaluation {
  /** Set when the signal does not satisfy the feature contract; nobody was asked then. */
  readonly normalizationError: string | null
  readonly features: FeatureVector | null
  /** Sorted by strategy id. */
  readonly raw: readonly RawIntent[]
  /** Sorted by strategy id. */
  readonly errors: readonly StrategyError[]
  /** Strategies whose circuit this signal's error opened, sorted. */
  readonly circuitsOpened: readonly string[]
}

const NO_INTENTS: readonly RawIntent[] = Object.freeze([])
const NO_ERRORS: readonly StrategyError[] = Object.freeze([])
const NO_OPENINGS: readonly string[] = Object.freeze([])
const MAX_DETAIL_LENGTH = 200

/**
 * Normalises a signal and asks the strategies that it concerns. Never throws for a plugin's sake.
 * @param circuits is changed: the circuits after this signal
 */
export function evaluateSignal(
  compiled: CompiledStrategies,
  circuits: CircuitBook,
  signal: Signal,
): SignalEvaluation {
  const normalization = normalizeFeatures(signal)
  if (normalization.kind === 'error') {
    return {
      normalizationError: normalization.error,
      features: null,
      raw: NO_INTENTS,
      errors: NO_ERRORS,
      circuitsOpened: NO_OPENINGS,
    }
  }
  const evaluation = new Evaluation(compiled, circuits, signal, normalization.features)
  for (const strategy of compiled.asked(signal.timeframe, signal.symbol)) evaluation.ask(strategy)
  return {
    normalizationError: null,
    features: normalization.features,
    raw: evaluation.raw ?? NO_INTENTS,
    errors: evaluation.errors ?? NO_ERRORS,
    circuitsOpened: evaluation.circuitsOpened ?? NO_OPENINGS,
  }
}

/** One signal's evaluation while it runs; lists are made only when there is something to hold. */
class Evaluation {
  raw: RawIntent[] | null = null
  errors: StrategyError[] | null = null
  circuitsOpened: string[] | null = null
  readonly #compiled: CompiledStrategies
  readonly #circuits: CircuitBook
  readonly #signal: Signal
  readonly #features: FeatureVector

  constructor(compiled: CompiledStrategies, circuits: CircuitBook, signal: Signal, features: FeatureVector) {
    this.#compiled = compiled
    this.#circuits = circuits
    this.#signal = signal
    this.#features = features
  }

  ask(strategy: CompiledStrategy): void {
    const { plugin, definition } = strategy
    if (plugin === null) {
      this.#report(definition.id, 'plugin_not_found', `${definition.strategyType}@${definition.version}`)
      return
    }
    if (!this.#circuits.isClear && this.#circuits.isOpen(definition.id, this.#signal.eventTs)) {
      this.#report(definition.id, 'strategy_degraded', 'its circuit is open')
      return
    }
    if (!hasFeatures(strategy, this.#features)) return
    let answer: unknown
    try {
      answer = strategy.rule === null ? this.#evaluate(plugin, strategy) : strategy.rule(this.#features)
    } catch (error) {
      this.#fail(definition.id, 'plugin_error', describe(error))
      return
    }
    if (answer === null || answer === undefined) this.#succeed(definition.id)
    else this.#take(answer, plugin, definition.id)
  }

  #evaluate(plugin: StrategyPlugin, strategy: CompiledStrategy): unknown {
    return plugin.evaluate(contextOf(strategy, this.#signal), this.#features)
  }

  #take(answer: unknown, { pluginId, version }: StrategyPlugin, strategyId: string): void {
    const validation = validateIntent(answer)
    if (validation.kind === 'invalid') {
      this.#fail(strategyId, 'invalid_intent', validation.detail)
      return
    }
    this.#succeed(strategyId)
    const { direction, confidence, targetNotional, explain } = validation.intent
    this.raw ??= []
    this.raw.push(
      Object.freeze({
        direction,
        confidence,
        targetNotional,
        explain,
        strategyId,
        symbol: this.#signal.symbol,
        horizon: this.#signal.timeframe,
        pluginId,
        pluginVersion: version,
        featureSnapshotHash: this.#features.hash,
      }),
    )
  }

  #succeed(strategyId: string): void {
    if (!this.#circuits.isClear) this.#circuits.succeeded(strategyId)
  }

  #fail(strategyId: string, reason: StrategyErrorReason, detail: string): void {
    this.#report(strategyId, reason, detail)
    if (!this.#circuits.failed(strategyId, this.#signal.eventTs, this.#compiled)) return
    this.circuitsOpened ??= []
    this.circuitsOpened.push(strategyId)
  }

  #report(strategyId: string, reason: StrategyErrorReason, detail: string): void {
    this.errors ??= []
    this.errors.push({ strategyId, reason, detail })
  }
}

/** A plugin that needs a feature which this vector lacks is not asked: it has no intent and no error. */
function hasFeatures({ extraFeatures }: CompiledStrategy, { values }: FeatureVector): boolean {
  for (const name of extraFeatures) if (values[name] === null) return false
  return true
}

function contextOf({ definition }: CompiledStrategy, signal: Signal): StrategyContext {
  return Object.freeze({
    strategyId: definition.id,
    strategyName: definition.name,
    strategyType: definition.strategyType,
    strategyVersion: definition.version,
    eventTs: formatInstant(signal.eventTs),
    symbol: signal.symbol,
    timeframe: signal.timeframe,
    params: definition.params,
  })
}

/** The message of whatever was thrown; reading it may itself throw. */
function describe(error: unknown): string {
  try {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : `threw a ${typeof error}`
    return text.slice(0, MAX_DETAIL_LENGTH)
  } catch {
    return 'threw a value that cannot be read'
  }
}
