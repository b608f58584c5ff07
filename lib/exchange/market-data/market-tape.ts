/**
 * The market that the exchange shows: the bars of a file, each from the moment on that it has closed and been published. Pure.
 *
 * Invariants: nothing is shown before its time by the tape's clock, which its owner sets, lets run, or moves step by step;
 * a revised bar keeps its place and its time.
 */
import { asEpochMs, type EpochMs } from '../../domain/time.ts'
import type { Decimal } from '../../domain/decimal.ts'
import type { Clock } from '../../ports/clock.ts'
import { barEnd, seriesOf } from '../../market/bar-series.ts'
import type { Bar, Bars } from '../../market/bars.ts'
import type { ExchangeCalendar } from '../../market/calendar/exchange-calendar.ts'
import { isDaily, type Timeframe } from '../../market/timeframe.ts'

export interface MarketTapeOptions {
  readonly bars: Bars
  /** What time it is in the market. */
  readonly clock: Pick<Clock, 'now'>
  /** Says when days have closed. */
  readonly calendar: ExchangeCalendar
  /** How long after its end a bar is to be had, in milliseconds; 0 if absent. */
  readonly delayMs?: number
  /** Known from the beginning; the bars have to hold their prices already. None if absent. */
  readonly splits?: readonly TapeSplit[]
}

/** A day on which a share became several, or several one. */
export interface TapeSplit {
  readonly symbol: string
  /** `YYYY-MM-DD`: the first day of the new prices. */
  readonly exDate: string
  readonly oldRate: number
  readonly newRate: number
}

export interface TapeBar {
  readonly bar: Bar
  readonly endsAt: EpochMs
  /** From when on it is to be had. */
  readonly at: EpochMs
}

/** One symbol's part of the tape. */
export interface TapeSeries {
  readonly symbol: string
  readonly timeframe: Timeframe
  /** Ascending; without those of days that had no session, which never close. */
  readonly bars: readonly TapeBar[]
}

export class MarketTape {
  readonly clock: Pick<Clock, 'now'>
  readonly calendar: ExchangeCalendar
  readonly splits: readonly TapeSplit[]
  readonly #series = new Map<string, TapeSeries & { readonly bars: TapeBar[] }>()
  /** When bars come, ascending, each once. */
  readonly #instants: readonly EpochMs[]
  readonly #revisions: TapeBar[] = []

  constructor({ bars, clock, calendar, delayMs = 0, splits = [] }: MarketTapeOptions) {
    this.splits = splits
    this.clock = clock
    this.calendar = calendar
    const instants = new Set<EpochMs>()
    for (const { symbol, timeframe, bars: own } of seriesOf(bars)) {
      const timed = Array.from(own).flatMap((bar): TapeBar[] => {
        const endsAt = barEnd(bar, timeframe, calendar)
        return endsAt === null ? [] : [{ bar, endsAt, at: asEpochMs(endsAt + delayMs) }]
      })
      for (const { at } of timed) instants.add(at)
      this.#series.set(symbol, { symbol, timeframe, bars: timed })
    }
    this.#instants = [...instants].sort((left, right) => left - right)
  }

  /** In alphabetical order. */
  get symbols(): readonly string[] {
    return [...this.#series.keys()].sort()
  }

  /** Undefined for a symbol without bars. */
  series(symbol: string): TapeSeries | undefined {
    return this.#series.get(symbol)
  }

  /** How many of a series' bars are to be had at the instant; by now if absent. */
  shown({ bars }: TapeSeries, at: EpochMs = this.clock.now()): number {
    return countUntil(bars, at, (one) => one.at)
  }

  /** When the next bars come; null when there are no more. */
  next(): EpochMs | null {
    return this.#instants[countUntil(this.#instants, this.clock.now(), (at) => at)] ?? null
  }

  /** What the market deals at now: the open of the bar that is under way or comes next, at the end the last close. */
  quote(symbol: string): Decimal | null {
    const bars = this.#series.get(symbol)?.bars ?? []
    const { bar: current } = bars[countUntil(bars, this.clock.now(), ({ endsAt }) => endsAt)] ?? {}
    return current?.open ?? current?.close ?? bars.at(-1)?.bar.close ?? null
  }

  /**
   * The first prices at which each symbol is dealt with from one instant on, and before another: of its sessions alone.
   * @param promptMs how long after that instant a bar within a day begins at the latest
   */
  opens(from: EpochMs, before: EpochMs, promptMs = Number.POSITIVE_INFINITY): ReadonlyMap<string, Decimal> {
    const prices = new Map<string, Decimal>()
    for (const { symbol, timeframe, bars } of this.#series.values()) {
      for (let next = countUntil(bars, from - 1, ({ bar }) => bar.startsAt); next < bars.length; next += 1) {
        const bar = bars[next]?.bar
        if (bar === undefined || bar.startsAt >= before) break
        if (!isDaily(timeframe)) {
          if (bar.startsAt - from >= promptMs) break
          if (this.calendar.sessionAt(symbol, bar.startsAt) === null) continue
        }
        prices.set(symbol, bar.open ?? bar.close)
        break
      }
    }
    return prices
  }

  /** The last closes that are known by now. */
  closes(): ReadonlyMap<string, Decimal> {
    const prices = new Map<string, Decimal>()
    for (const series of this.#series.values()) {
      const last = series.bars[this.shown(series) - 1]
      if (last !== undefined) prices.set(series.symbol, last.bar.close)
    }
    return prices
  }

  /** Tells a bar anew, with other prices, as the market does when trades are reported late; false when there is none to tell anew. */
  revise(bar: Bar): boolean {
    const bars = this.#series.get(bar.symbol)?.bars ?? []
    const index = bars.findIndex((one) => one.bar.startsAt === bar.startsAt)
    const before = bars[index]
    if (before === undefined) return false
    bars[index] = { ...before, bar }
    this.#revisions.push(bars[index])
    return true
  }

  /** What was told anew, oldest first. */
  get revisions(): readonly TapeBar[] {
    return this.#revisions
  }
}

/** How many of an ascending list come at the instant or before. */
function countUntil<Item>(items: readonly Item[], at: number, timeOf: (item: Item) => number): number {
  let [low, high] = [0, items.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const item = items[middle]
    if (item !== undefined && timeOf(item) <= at) low = middle + 1
    else high = middle
  }
  return low
}
