/**
 * The plugin runtime: asks every strategy that a signal concerns (docs/architecture.md#plugins).
 *
 * Invariants: a plugin's error, whatever it is, is that plugin's alone and is counted by its own circuit
 * (`plugin_not_found` by none); plugins get nothing they could change for others: frozen features, frozen
 * params and a context of their own; no clock, no randomness, no I/O.
 */
import type { RawIntent, StrategyErrorReason, StrategyIntent } from '../domain/intent.ts'
import type { LoggedSignal, Signal } from '../domain/signal.ts'
import { formatInstant } from '../domain/time.ts'
import type { CircuitBook } from './circuit.ts'
import type { CompiledStrategies, CompiledStrategy } from './compile.ts'
import { normalizeFeatures } from './features.ts'
import { validateIntent } from './intent-validation.ts'
import type { FeatureVector, StrategyContext } from './plugin.ts'
import { describeThrown } from './thrown.ts'

export interface StrategyError {
  readonly strategyId: string
  readonly reason: StrategyErrorReason
  /** For people, as is the place; nothing decides by it. */
  readonly detail: string
  /** Where in the author's file it was thrown; null when nobody knows. */
  readonly place: string | null
}

export interface SignalEvaluation {
  /** Set when the signal does not satisfy the feature contract; only who needs no more than a price was asked then. */
  readonly normalizationError: string | null
  /** What was shown to those that were asked; null when the contract's error kept all from being asked. */
  readonly features: FeatureVector | null
  /** Strategies that were not asked by reason of the contract. */
  readonly unusableFor: readonly CompiledStrategy[]
  /** Sorted by strategy id. */
  readonly raw: readonly RawIntent[]
  /** Sorted by strategy id. */
  readonly errors: readonly StrategyError[]
  /** Strategies whose circuit this signal's error opened, sorted. */
  readonly circuitsOpened: readonly string[]
}

const NO_INTENTS: readonly RawIntent[] = Object.freeze([])
export const NO_ERRORS: readonly StrategyError[] = Object.freeze([])
const NO_OPENINGS: readonly string[] = Object.freeze([])
const NOBODY: readonly CompiledStrategy[] = Object.freeze([])
const NOTHING = { raw: NO_INTENTS, errors: NO_ERRORS, circuitsOpened: NO_OPENINGS }

/** Told of each strategy right before its plugin is asked, so that one that does not come back has a name. */
export type Asking = (strategyId: string) => void

/** Told of what strategies failed at, for people. */
export type Failing = (error: StrategyError, logged: LoggedSignal) => void

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
  const concerned = compiled.asked(signal.timeframe, signal.symbol)
  const { features } = normalization
  const error = normalization.kind === 'ok' ? null : normalization.error
  const asked = error === null ? concerned : concerned.filter(({ needsPriceAlone }) => needsPriceAlone)
  if (features === null || asked.length === 0) {
    return error === null
      ? { ...NOTHING, normalizationError: null, features, unusableFor: NOBODY }
      : { ...NOTHING, normalizationError: error, features: null, unusableFor: concerned }
  }
  const evaluation = new Evaluation(compiled, circuits, signal, features, asking)
  for (const strategy of asked) evaluation.ask(strategy)
  return {
    normalizationError: error,
    features,
    unusableFor: error === null ? NOBODY : concerned.filter(({ needsPriceAlone }) => !needsPriceAlone),
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
      this.#threw(strategy, error)
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
    if (strategy.hasFeatures !== null && !strategy.hasFeatures(this.#features)) return
    this.#asking(strategy.id)
    let answer: unknown
    try {
      answer = plugin.evaluate(this.#contextOf(strategy), this.#features)
    } catch (error) {
      this.#threw(strategy, error)
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

  #threw(strategy: CompiledStrategy, error: unknown): void {
    const { message, place } = describeThrown(error)
    this.#fail(strategy, 'plugin_error', message, place)
  }

  #fail(
    strategy: CompiledStrategy,
    reason: StrategyErrorReason,
    detail: string,
    place: string | null = null,
  ): void {
    this.#report(strategy, reason, detail, place)
    if (!this.#circuits.failed(strategy.id, this.#signal.eventTs, this.#compiled)) return
    this.circuitsOpened ??= []
    this.circuitsOpened.push(strategy.id)
  }

  #report(
    { id }: CompiledStrategy,
    reason: StrategyErrorReason,
    detail: string,
    place: string | null = null,
  ): void {
    this.errors ??= []
    this.errors.push({ strategyId: id, reason, detail, place })
  }
}
