/**
 * The plugin runtime: asks every strategy that a signal concerns (docs/architecture.md#plugins).
 *
 * Invariants: a plugin's error, whatever it is, is that plugin's alone and is counted by its own circuit
 * (`plugin_not_found` by none); plugins get nothing they could change for others: frozen features, frozen
 * params and a context of their own; no clock, no randomness, no I/O.
 */
import { ZERO, mul } from '../domain/decimal.ts'
import { abs } from '../domain/decimal-functions.ts'
import type { RawIntent, StrategyErrorReason, StrategyIntent } from '../domain/intent.ts'
import type { Signal } from '../domain/signal.ts'
import { formatInstant } from '../domain/time.ts'
import { type AccountView, closingSide } from './account-view.ts'
import type { CircuitBook } from './circuit.ts'
import type { CompiledStrategies, CompiledStrategy } from './compile.ts'
import { normalizeFeatures } from './features.ts'
import { type CloseIntent, validateIntent } from './intent-validation.ts'
import type { FeatureVector, PastVector, StrategyContext } from './plugin.ts'
import {
  BY_ITSELF,
  NOTHING,
  nothingOf,
  type SignalEvaluation,
  type StrategyError,
  type Surroundings,
} from './signal-evaluation.ts'
import { areSilent } from './silence.ts'
import { describeThrown } from './thrown.ts'

const CLOSES = { closes: true } as const

/**
 * Normalises a signal and asks the strategies that it concerns. Never throws for a plugin's sake.
 * @param circuits is changed: the circuits after this signal
 */
export function evaluateSignal(
  compiled: CompiledStrategies,
  circuits: CircuitBook,
  signal: Signal,
  around: Surroundings = BY_ITSELF,
): SignalEvaluation {
  const normalization = normalizeFeatures(signal)
  const concerned = compiled.asked(signal.timeframe, signal.symbol)
  const { features } = normalization
  const error = normalization.kind === 'ok' ? null : normalization.error
  const asked = error === null ? concerned : concerned.filter(({ needsPriceAlone }) => needsPriceAlone)
  if (features === null || asked.length === 0)
    return error === null ? nothingOf(features, null) : nothingOf(null, error, concerned)
  if (error === null && areSilent(compiled, features, circuits, around)) return nothingOf(features, null)
  const evaluation = new Evaluation(compiled, circuits, signal, features, around)
  for (const strategy of asked) evaluation.ask(strategy)
  return {
    normalizationError: error,
    features,
    unusableFor:
      error === null ? NOTHING.unusableFor : concerned.filter(({ needsPriceAlone }) => !needsPriceAlone),
    raw: evaluation.raw ?? NOTHING.raw,
    errors: evaluation.errors ?? NOTHING.errors,
    circuitsOpened: evaluation.circuitsOpened ?? NOTHING.circuitsOpened,
    nothingToClose: evaluation.nothingToClose,
    historyTooShort: evaluation.historyTooShort ?? NOTHING.historyTooShort,
  }
}

/** One signal's evaluation while it runs; lists are made only when there is something to hold. */
class Evaluation {
  raw: RawIntent[] | null = null
  errors: StrategyError[] | null = null
  circuitsOpened: string[] | null = null
  nothingToClose = false
  historyTooShort: string[] | null = null
  readonly #compiled: CompiledStrategies
  readonly #circuits: CircuitBook
  readonly #signal: Signal
  readonly #features: FeatureVector
  readonly #around: Surroundings
  #eventTs: string | null = null
  #seen: AccountView | null = null

  constructor(
    compiled: CompiledStrategies,
    circuits: CircuitBook,
    signal: Signal,
    features: FeatureVector,
    around: Surroundings,
  ) {
    this.#around = around
    this.#compiled = compiled
    this.#circuits = circuits
    this.#signal = signal
    this.#features = features
  }

  ask(strategy: CompiledStrategy): void {
    const { rule } = strategy
    const clear = this.#circuits.isClear
    if (!clear && this.#isOpen(strategy)) return
    this.#around.asked[0] = strategy.index
    if (rule === null) {
      this.#askPlugin(strategy)
      return
    }
    if (this.#isLate(strategy)) return
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
    const history = this.#around.history(strategy.history)
    if (history === null) {
      this.historyTooShort ??= []
      this.historyTooShort.push(strategy.id)
      return
    }
    if (this.#isLate(strategy)) return
    const context = this.#contextOf(strategy, history)
    this.#around.asking(strategy.id, () => plugin.evaluate(context, this.#features))
    let answer: unknown
    try {
      answer = plugin.evaluate(context, this.#features)
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
      if (validation.kind === 'close') this.#addClosing(strategy, validation.intent)
      else this.#add(strategy, validation.intent)
    }
    this.#circuits.succeeded(strategy.id)
  }

  /** Its side is the other one of what is held, its worth the whole position's. */
  #addClosing(strategy: CompiledStrategy, intent: CloseIntent): void {
    const { position } = this.#account()
    const direction = closingSide(position)
    if (direction === null) {
      this.nothingToClose = true
      return
    }
    const targetNotional = mul(abs(position.quantity), this.#features.values.price ?? ZERO)
    this.#add(strategy, { ...intent, direction, targetNotional, closes: true })
  }

  #account(): AccountView {
    return (this.#seen ??= this.#around.view())
  }

  #contextOf({ id, definition }: CompiledStrategy, history: readonly PastVector[]): StrategyContext {
    this.#eventTs ??= formatInstant(this.#signal.eventTs)
    const { position, account } = this.#account()
    return Object.freeze({
      strategyId: id,
      strategyName: definition.name,
      strategyType: definition.strategyType,
      strategyVersion: definition.version,
      eventTs: this.#eventTs,
      symbol: this.#signal.symbol,
      timeframe: this.#signal.timeframe,
      params: definition.params,
      position,
      account,
      history,
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
      ...(intent.limitPrice === undefined ? undefined : { limitPrice: intent.limitPrice }),
      ...(intent.closes ? CLOSES : undefined),
    })
  }

  #threw(strategy: CompiledStrategy, error: unknown): void {
    const { message, place } = describeThrown(error)
    this.#fail(strategy, 'plugin_error', message, place)
  }

  #isLate(strategy: CompiledStrategy): boolean {
    const late = this.#around.lateness?.(strategy.id) ?? null
    if (late === null) return false
    if (late === 'before') {
      this.#report(strategy, 'strategy_degraded', 'it did not come back earlier in this cycle')
      return true
    }
    this.#report(strategy, 'plugin_timeout', 'it did not come back within its time')
    this.#circuits.open(strategy.id, this.#signal.eventTs, this.#compiled)
    this.circuitsOpened ??= []
    this.circuitsOpened.push(strategy.id)
    return true
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
