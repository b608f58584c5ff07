/**
 * The signals of one series of bars: each bar folded into the indicators, the built-in ones and the user's, and made into its
 * signal (docs/architecture.md#files). One fold, whatever the bars come from: a file, or the log of a source.
 *
 * Invariants: a bar's signal depends on that bar and earlier ones of its series only; its identity is its symbol, timeframe and
 * end: `seq` is the end in epoch seconds, so that a bar is the same signal in whichever window of bars it comes.
 */
import type { Indicator, IndicatorBar } from '../domain/indicator.ts'
import type { Signal } from '../domain/signal.ts'
import { type EpochMs, formatInstant } from '../domain/time.ts'
import type { Bar } from './bars.ts'
import type { ExchangeCalendar } from './calendar/exchange-calendar.ts'
import { CustomValues } from './custom-values.ts'
import { IndicatorFold, type IndicatorState } from './indicator-fold.ts'
import { newYorkDays } from './new-york-day.ts'
import type { Timeframe } from './timeframe.ts'

/** A number for each session of a symbol, and for each of the exchange's days outside of sessions. */
export type Sessions = (symbol: string, at: EpochMs) => number

/** What a fold knows after some bars. */
export interface SeriesState {
  readonly indicators: IndicatorState
  /** Of the user's indicators, in their order. */
  readonly own: readonly unknown[]
}

export interface SeriesFoldOptions {
  readonly source: string
  readonly symbol: string
  readonly timeframe: Timeframe
  readonly sessions: Sessions
  readonly own: readonly Indicator[]
  /** Where an earlier fold stood; absent before the first bar. */
  readonly state?: SeriesState
}

export class SeriesFold {
  readonly #options: SeriesFoldOptions
  readonly #indicators: IndicatorFold
  readonly #own: CustomValues

  constructor(options: SeriesFoldOptions) {
    const { symbol, timeframe, sessions, own, state } = options
    this.#options = options
    this.#indicators = new IndicatorFold(timeframe, (at) => sessions(symbol, at), state?.indicators)
    this.#own = new CustomValues(own, state?.own)
  }

  get state(): SeriesState {
    return { indicators: this.#indicators.state, own: this.#own.states }
  }

  /**
   * Folds the next bar in.
   * @param endedAt when it was complete
   * @throws ConfigurationError when an indicator of the user's fails
   */
  next(bar: Bar, endedAt: EpochMs): Signal {
    const { source, symbol, timeframe, own } = this.#options
    const payload = this.#indicators.next(bar)
    if (own.length > 0) this.#own.addTo(payload, seenBy(bar, timeframe, endedAt))
    const seq = Math.floor(endedAt / 1000)
    return { eventTs: endedAt, symbol, timeframe: timeframe.name, seq, source, ingestTs: endedAt, payload }
  }
}

export function sessionsBy(calendar: ExchangeCalendar): Sessions {
  const dayOf = newYorkDays()
  return (symbol, at) => calendar.sessionAt(symbol, at)?.opensAt ?? -1 - dayOf(at)
}

function seenBy(
  { symbol, open, high, low, close, volume }: Bar,
  timeframe: Timeframe,
  endedAt: EpochMs,
): IndicatorBar {
  const eventTs = formatInstant(endedAt)
  return Object.freeze({ eventTs, symbol, timeframe: timeframe.name, open, high, low, close, volume })
}
