/**
 * `torghut/testing`: a plugin in a test of its own (docs/plugins.md#testing-a-plugin).
 *
 * `evaluate` asks as the runtime does: required features, frozen inputs, and a check of what comes back.
 */
import type { RawIntent, StrategyErrorReason } from '../../domain/intent.ts'
import type { Json, LoggedSignal, Signal } from '../../domain/signal.ts'
import { formatInstant, instant, plusSeconds } from '../../domain/time.ts'
import { type AccountView, flatAccount, freezeView } from '../account-view.ts'
import { CircuitBook } from '../circuit.ts'
import { compileStrategies } from '../compile.ts'
import { readFeatures } from '../features.ts'
import { History, MOST_HISTORY } from '../history.ts'
import type { FeatureVector, StrategyContext, StrategyPlugin } from '../plugin.ts'
import { PluginRegistry } from '../registry.ts'
import { BY_ITSELF } from '../signal-evaluation.ts'
import { evaluateSignal } from '../runtime.ts'

type Past = Pick<LoggedSignal, 'position' | 'signal'>

export type Payload = Readonly<Record<string, Json>>

/** What a plugin is asked about; what is left out is made up. */
export interface Question {
  readonly payload?: Payload
  readonly params?: StrategyContext['params']
  readonly symbol?: string
  readonly timeframe?: string
  /** ISO-8601 UTC. */
  readonly eventTs?: string
  /** Flat unless it says otherwise. */
  readonly position?: Partial<StrategyContext['position']>
  /** 100,000 of equity and buying power unless it says otherwise. */
  readonly account?: Partial<StrategyContext['account']>
  /** Payloads of the signals before, oldest first, a day apart; over `USUAL_PAYLOAD` too. */
  readonly history?: readonly Payload[]
}

export type Answer =
  | { readonly kind: 'intent'; readonly intent: RawIntent }
  /** It was asked and wants nothing. */
  | { readonly kind: 'nothing' }
  /** It wants to close what is not held. */
  | { readonly kind: 'nothing_to_close' }
  /** The signal lacks a feature that it requires, or `history` what its plugin looks at. */
  | { readonly kind: 'not_asked'; readonly missing: string }
  | {
      readonly kind: 'error'
      readonly reason: StrategyErrorReason
      readonly message: string
      readonly place: string | null
    }

const SECONDS_PER_DAY = 86_400

/** A price and everything that contract v3 requires beside it. */
export const USUAL_PAYLOAD: Payload = Object.freeze({
  price: '100',
  macd: '0',
  macd_signal: '0',
  rsi14: '50',
})

/** A vector of the payload, over `USUAL_PAYLOAD`. */
export function featuresOf(payload: Payload = {}): FeatureVector {
  return readFeatures(signalOf({ payload }))
}

/** A context with what is given. */
export function contextOf(given: Partial<StrategyContext> = {}): StrategyContext {
  const { symbol, timeframe, eventTs } = signalOf({})
  return Object.freeze({
    strategyId: 'under_test',
    strategyName: 'Under test',
    strategyType: 'under_test',
    strategyVersion: '1.0.0',
    eventTs: formatInstant(eventTs),
    symbol,
    timeframe,
    params: Object.freeze({}),
    history: Object.freeze([]),
    ...flatAccount(),
    ...given,
  })
}

/** Asks a plugin about a signal with this payload, over `USUAL_PAYLOAD`. */
export function evaluate(plugin: StrategyPlugin, question: Question = {}): Answer {
  const signal = signalOf(question)
  const { pluginId: strategyType, version } = plugin
  const definition = {
    id: 'under_test',
    name: 'Under test',
    strategyType,
    version,
    enabled: true,
    baseTimeframe: signal.timeframe,
    universeSymbols: null,
    legacyFallback: null,
    params: question.params ?? {},
  }
  const circuit = { circuitErrors: 1, circuitCooldownSeconds: 1 }
  const compiled = compileStrategies([definition], new PluginRegistry([plugin]), circuit)
  let asked = false
  const history = new History()
  for (const past of pastOf(question, signal)) history.add(past, MOST_HISTORY)
  const evaluation = evaluateSignal(compiled, new CircuitBook(), signal, {
    ...BY_ITSELF,
    asking: () => (asked = true),
    view: () => viewOf(question),
    history: history.before(signal),
  })
  const [error] = evaluation.errors
  if (error !== undefined) {
    const { reason, detail: message, place } = error
    return { kind: 'error', reason, message, place }
  }
  const [intent] = evaluation.raw
  if (intent !== undefined) return { kind: 'intent', intent }
  if (evaluation.nothingToClose) return { kind: 'nothing_to_close' }
  if (asked) return { kind: 'nothing' }
  if (evaluation.historyTooShort.length > 0) {
    return { kind: 'not_asked', missing: `history of ${plugin.history}` }
  }
  return { kind: 'not_asked', missing: evaluation.normalizationError ?? 'a feature that it requires' }
}

function pastOf({ history = [] }: Question, { eventTs, ...signal }: Signal): readonly Past[] {
  return history.map((payload, index) => {
    const before = history.length - index
    const at = plusSeconds(eventTs, -before * SECONDS_PER_DAY)
    return {
      position: index + 1,
      signal: { ...signal, eventTs: at, payload: { ...USUAL_PAYLOAD, ...payload } },
    }
  })
}

function viewOf({ position, account }: Question): AccountView {
  const flat = flatAccount()
  return freezeView({
    position: { ...flat.position, ...position },
    account: { ...flat.account, ...account },
  })
}

function signalOf({ payload = {}, symbol = 'TEST', timeframe = '1Day', eventTs }: Question): Signal {
  return {
    eventTs: instant(eventTs ?? '2024-01-02T21:00:00Z'),
    ingestTs: null,
    symbol,
    timeframe,
    seq: 1,
    source: 'test',
    payload: { ...USUAL_PAYLOAD, ...payload },
  }
}
