/**
 * The plugin runtime: asks every strategy that a signal concerns (docs/architecture.md#plugins).
 *
 * Invariants: a plugin's error, whatever it is, is that plugin's alone and is counted by its own circuit
 * (`plugin_not_found` by none); plugins get nothing they could change for others: frozen features, frozen
 * params and a context of their own; no clock, no randomness, no I/O.
 */
import type { RawIntent, StrategyErrorReason, StrategyIntent } from '../domain/intent.ts'
import type { Signal } from '../domain/signal.ts'
import { formatInstant } from '../domain/time.ts'
import type { CircuitBook } from './circuit.ts'
import type { CompiledStrategies, CompiledStrategy } from './compile.ts'
import { normalizeFeatures } from './features.ts'
import { validateIntent } from './intent-validation.ts'
import type { FeatureVector, StrategyContext } from './plugin.ts'

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

/** Told of each strategy right before its plugin is asked, so that one that does not come back has a name. */
export type Asking = (strategyId: string) => void

/**
 * Normalises a signal and asks the strategies that it concerns. Never throws for a plugin's sake.
 * @param circuits is changed: the circuits after this signal
 */
export function evaluateSignal(
  compiled: CompiledStrategies,
  circuits: CircuitBook,
  signal: Signal,
  asking: Asking = () => {},
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
  const evaluation = new Evaluation(compiled, circuits, signal, normalization.features, asking)
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
  readonly #asking: Asking
  #eventTs: string | null = null

  constructor(
    compiled: CompiledStrategies,
    circuits: CircuitBook,
    signal: Signal,
    features: FeatureVector,
    asking: Asking,
  ) {
    this.#asking = asking
    this.#compiled = compiled
    this.#circuits = circuits
    this.#signal = signal
    this.#features = features
  }

  ask(strategy: CompiledStrategy): void {
    const { rule } = strategy
    const clear = this.#circuits.isClear
    if (!clear && this.#isOpen(strategy)) return
    if (rule === null) {
      this.#askPlugin(strategy)
      return
    }
    let intent: StrategyIntent | null
    try {
      intent = rule(this.#features)
    } catch (error) {
      this.#fail(strategy, 'plugin_error', describe(error))
      return
    }
    if (intent !== null) this.#add(strategy, intent)
    if (!clear) this.#circuits.succeeded(strategy.id)
  }

  /** A user plugin: it gets a context of its own, and what it gives back is checked. */
  #askPlugin(strategy: CompiledStrategy): void {
    const { plugin } = strategy
    if (plugin === null) {
      const { strategyType, version } = strategy.definition
      this.#report(strategy, 'plugin_not_found', `${strategyType}@${version}`)
      return
    }
    if (!hasFeatures(strategy, this.#features)) return
    this.#asking(strategy.id)
    let answer: unknown
    try {
      answer = plugin.evaluate(this.#contextOf(strategy), this.#features)
    } catch (error) {
      this.#fail(strategy, 'plugin_error', describe(error))
      return
    }
    if (answer !== null && answer !== undefined) {
      const validation = validateIntent(answer)
      if (validation.kind === 'invalid') {
        this.#fail(strategy, 'invalid_intent', validation.detail)
        return
      }
      this.#add(strategy, validation.intent)
    }
    this.#circuits.succeeded(strategy.id)
  }

  #contextOf({ id, definition }: CompiledStrategy): StrategyContext {
    this.#eventTs ??= formatInstant(this.#signal.eventTs)
    return Object.freeze({
      strategyId: id,
      strategyName: definition.name,
      strategyType: definition.strategyType,
      strategyVersion: definition.version,
      eventTs: this.#eventTs,
      symbol: this.#signal.symbol,
      timeframe: this.#signal.timeframe,
      params: definition.params,
    })
  }

  #isOpen(strategy: CompiledStrategy): boolean {
    const open = strategy.plugin !== null && this.#circuits.isOpen(strategy.id, this.#signal.eventTs)
    if (open) this.#report(strategy, 'strategy_degraded', 'its circuit is open')
    return open
  }

  #add({ id, pluginId, pluginVersion }: CompiledStrategy, intent: StrategyIntent): void {
    this.raw ??= []
    this.raw.push({
      direction: intent.direction,
      confidence: intent.confidence,
      targetNotional: intent.targetNotional,
      explain: intent.explain,
      strategyId: id,
      symbol: this.#signal.symbol,
      horizon: this.#signal.timeframe,
      pluginId,
      pluginVersion,
      featureSnapshotHash: this.#features.hash,
    })
  }

  #fail(strategy: CompiledStrategy, reason: StrategyErrorReason, detail: string): void {
    this.#report(strategy, reason, detail)
    if (!this.#circuits.failed(strategy.id, this.#signal.eventTs, this.#compiled)) return
    this.circuitsOpened ??= []
    this.circuitsOpened.push(strategy.id)
  }

  #report({ id }: CompiledStrategy, reason: StrategyErrorReason, detail: string): void {
    this.errors ??= []
    this.errors.push({ strategyId: id, reason, detail })
  }
}

/** A plugin that needs a feature which this vector lacks is not asked: it has no intent and no error. */
function hasFeatures({ extraFeatures }: CompiledStrategy, { values }: FeatureVector): boolean {
  for (const name of extraFeatures) if (values[name] === null) return false
  return true
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
