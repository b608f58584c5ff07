/**
 * The steps of bars (docs/architecture.md#time), made while somebody walks them: a run of a million bars holds bars, not what
 * follows from them.
 * A bar of a day or longer is complete at its last session's close; its tick comes one minute after the next session's open,
 * and orders fill at the open of the bar that begins there, or its close where the data has no open. A shorter bar is complete
 * at its end, its tick is that minute, orders fill at the next bar's open.
 *
 * Invariant: every walk meets the same steps, which are those of `makeSteps` over all signals and quotes at once.
 */
import { compare, sortShort } from '../domain/compare.ts'
import type { Indicator } from '../domain/indicator.ts'
import type { Observed, ObservedSeries } from '../domain/observed-signals.ts'
import type { Signal } from '../domain/signal.ts'
import { type EpochMs, asEpochMs } from '../domain/time.ts'
import { barEnd } from './bar-series.ts'
import type { Bar, BarSeries } from './bars.ts'
import type { ExchangeCalendar } from './calendar/exchange-calendar.ts'
import { Heads } from './heads.ts'
import { BARS_SOURCE } from './indicators.ts'
import {
  type DateRange,
  type KnownPrice,
  type Observation,
  type Quote,
  type Step,
  endOfFills,
  observedWithin,
  stepOf,
  tickOf,
  tradableFrom,
} from './schedule.ts'
import { SeriesFold, type Sessions, sessionsBy } from './series-fold.ts'

interface TimedBar {
  /** Its signal's tick. */
  readonly at: EpochMs
  readonly eventTs: EpochMs
  readonly symbol: string
  readonly bar: Bar
}

interface TimedSignal extends Pick<TimedBar, 'at' | 'eventTs' | 'symbol'> {
  readonly signal: Signal
}

export interface BarStepsOptions {
  readonly calendar: ExchangeCalendar
  /** Indicators are warmed up on the bars before it. */
  readonly range: DateRange
  /** The user's indicators. */
  readonly own: readonly Indicator[]
}

export class BarSteps implements Iterable<Step> {
  /** How many steps there are. */
  readonly length: number
  readonly #series: readonly BarSeries[]
  readonly #options: BarStepsOptions

  constructor(series: readonly BarSeries[], options: BarStepsOptions) {
    this.#series = series
    this.#options = options
    this.length = this.#countTicks()
  }

  *[Symbol.iterator](): Generator<Step> {
    const sessions = sessionsBy(this.#options.calendar)
    const timed = new Heads(this.#series.map((one) => this.#timedSignals(one, sessions)))
    const quotes = new Heads(this.#series.map((one) => this.#quotes(one)))
    for (let at = timed.earliest; at !== null;) {
      const tickAt = asEpochMs(at)
      const signals = inOrder(timed.takeBefore(tickAt + 1)).map(({ signal }) => signal)
      at = timed.earliest
      const told = sortShort(quotes.takeBefore(endOfFills(tickAt, at)), byTime)
      yield stepOf({ tickAt, signals }, told)
    }
  }

  /** What each signal tells of its symbol's price. */
  *prices(): Generator<KnownPrice> {
    const timed = new Heads(this.#series.map((one) => this.#timedBars(one)))
    for (let at = timed.earliest; at !== null; at = timed.earliest) {
      for (const known of inOrder(timed.takeBefore(at + 1))) {
        yield { at: known.at, symbol: known.symbol, price: known.bar.close }
      }
    }
  }

  /** Signals of the user's indicators are made all the same, since one that fails must be found. */
  *observed(isEnough: (series: ObservedSeries) => boolean): Generator<Observed> {
    const sessions = sessionsBy(this.#options.calendar)
    for (const one of this.#series) {
      const series = { symbol: one.symbol, timeframe: one.timeframe.name }
      let made = 0
      for (const { signal } of this.#timedSignals(one, sessions)) {
        yield { ...series, signal, count: 1 }
        made += 1
        if (this.#options.own.length === 0 && isEnough(series)) break
      }
      let all = 0
      for (const _ of this.#timedBars(one)) all += 1
      if (all > made) yield { ...series, signal: null, count: all - made }
    }
  }

  #countTicks(): number {
    const ticks = new Float64Array(this.#series.reduce((sum, { bars }) => sum + bars.length, 0))
    let found = 0
    for (const one of this.#series) {
      for (const { at } of this.#timedBars(one)) ticks[found++] = at
    }
    const ascending = ticks.subarray(0, found).sort()
    let count = 0
    for (let index = 0; index < found; index += 1) if (ascending[index] !== ascending[index - 1]) count += 1
    return count
  }

  /** Of the bars in the range that have a tick; `told` of all that make a signal. */
  *#timedBars(
    { symbol, timeframe, bars }: BarSeries,
    told: (bar: Bar, endedAt: EpochMs) => void = () => {},
  ): Generator<TimedBar> {
    const { calendar, range } = this.#options
    for (const bar of bars) {
      const eventTs = barEnd(bar, timeframe, calendar)
      if (eventTs === null) continue
      told(bar, eventTs)
      const observation: Observation = { symbol, timeframe: timeframe.name, eventTs }
      if (!observedWithin(observation, range)) continue
      const at = tickOf(observation, calendar)
      if (at !== null) yield { at, eventTs, symbol, bar }
    }
  }

  *#timedSignals(series: BarSeries, sessions: Sessions): Generator<TimedSignal> {
    const { symbol, timeframe } = series
    const fold = new SeriesFold({ source: BARS_SOURCE, symbol, timeframe, sessions, own: this.#options.own })
    let present: Signal | null = null
    const timed = this.#timedBars(series, (bar, endedAt) => {
      present = fold.next(bar, endedAt)
    })
    for (const { at, eventTs } of timed) {
      if (present !== null) yield { at, eventTs, symbol, signal: present }
    }
  }

  *#quotes({ timeframe, bars }: BarSeries): Generator<Quote> {
    for (const bar of bars) {
      const at = tradableFrom(bar, timeframe, this.#options.calendar)
      if (at !== null) yield { at, symbol: bar.symbol, price: bar.open ?? bar.close }
    }
  }
}

function inOrder<Item extends Pick<TimedBar, 'eventTs' | 'symbol'>>(items: Item[]): Item[] {
  return sortShort(items, (left, right) => left.eventTs - right.eventTs || compare(left.symbol, right.symbol))
}

function byTime(left: Quote, right: Quote): number {
  return left.at - right.at
}
