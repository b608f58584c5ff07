/** What came of asking the strategies about one signal, and who hears of it while it happens. */
import type { RawIntent, StrategyErrorReason } from '../domain/intent.ts'
import type { LoggedSignal } from '../domain/signal.ts'
import { type AccountView, flatAccount } from './account-view.ts'
import type { CompiledStrategy } from './compile.ts'
import { type HistoryBefore, NO_HISTORY } from './history.ts'
import type { FeatureVector } from './plugin.ts'

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
  /** Whether a strategy wanted to close what is not held, or what open orders close already. */
  readonly nothingToClose: boolean
  /** Strategies that were not asked since their history is not there yet, sorted. */
  readonly historyTooShort: readonly string[]
}

export const NO_ERRORS: readonly StrategyError[] = Object.freeze([])

const NO_INTENTS: readonly RawIntent[] = Object.freeze([])
const NOBODY: readonly CompiledStrategy[] = Object.freeze([])
const NO_IDS: readonly string[] = Object.freeze([])

/** Of a signal that nobody was asked about. */
export const NOTHING = Object.freeze({
  raw: NO_INTENTS,
  errors: NO_ERRORS,
  circuitsOpened: NO_IDS,
  nothingToClose: false,
  historyTooShort: NO_IDS,
  unusableFor: NOBODY,
})

/** What most signals come to: each field by its name, which takes a tenth of the time of a spread. */
export function nothingOf(
  features: FeatureVector | null,
  normalizationError: string | null,
  unusableFor: readonly CompiledStrategy[] = NOBODY,
): SignalEvaluation {
  const { raw, errors, circuitsOpened, nothingToClose, historyTooShort } = NOTHING
  return {
    normalizationError,
    features,
    unusableFor,
    raw,
    errors,
    circuitsOpened,
    nothingToClose,
    historyTooShort,
  }
}

/**
 * Told of each strategy right before its plugin is asked, so that one that does not come back has a name; `ask` asks the same
 * once more.
 */
export type Asking = (strategyId: string, ask: () => unknown) => void

/** Whether a strategy's plugin did not come back: at this signal, or at an earlier one of the cycle. */
export type Lateness = (strategyId: string) => 'now' | 'before' | null

/** Who is asked about what, for one who watches from outside. */
export interface AskedMarks {
  /** In its first element stands the index of the strategy that is asked. */
  readonly asked: Int32Array
  readonly asking: (position: number) => void
}

/** Whom nobody watches. */
export const UNMARKED: AskedMarks = Object.freeze({ asked: new Int32Array(1), asking: () => {} })

/** What a signal is evaluated in. */
export interface Surroundings extends Pick<AskedMarks, 'asked'> {
  readonly asking: Asking
  /** What plugins see of the account. */
  readonly view: () => AccountView
  /** Null: all came back. */
  readonly lateness: Lateness | null
  /** What came before the signal. */
  readonly history: HistoryBefore
}

/** Where there is a signal and nothing else. */
export const BY_ITSELF: Surroundings = Object.freeze({
  asked: UNMARKED.asked,
  asking: () => {},
  view: flatAccount,
  lateness: null,
  history: NO_HISTORY,
})

/** The lateness of strategies at the position at hand, by the positions from which they are not asked. */
export function latenessBy(
  timedOut: Readonly<Record<string, number>>,
  position: () => number,
): Lateness | null {
  if (Object.keys(timedOut).length === 0) return null
  return (strategyId) => {
    const from = timedOut[strategyId]
    const at = position()
    if (from === undefined || at < from) return null
    return at === from ? 'now' : 'before'
  }
}

/** Told of what strategies failed at, for people. */
export type Failing = (error: StrategyError, logged: LoggedSignal) => void
