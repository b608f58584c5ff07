/**
 * Bars of files that overlap, as `torghut signals push --bars` sends them: each minute the last bars that have closed, and now and
 * then some of before once more. A bar is the same signal in whichever of them it comes (docs/architecture.md#files).
 */
import { decimal, formatDecimal } from '../../../lib/domain/decimal.ts'
import { asEpochMs } from '../../../lib/domain/time.ts'
import type { Bar } from '../../../lib/market/bars.ts'
import { createCalendar } from '../../../lib/market/calendar/create-calendar.ts'
import { signalsFromBars } from '../../../lib/market/indicators.ts'
import { signalMessages } from '../../../lib/operations/push-signals.ts'
import { BarWindowRules } from './bar-window-rules.ts'
import type { Checker } from './checker.ts'
import type { Cloud, FunctionSpec } from './cloud.ts'
import type { FaultSource } from './faults.ts'
import type { Kernel } from './kernel.ts'
import type { Companion } from './long-processes.ts'
import { type Stream, streamOf } from './random.ts'
import type { Scenario } from './scenario.ts'
import { WITHOUT_OTHERS } from './self-fed.ts'

const MINUTE = 60_000
/** Of bars, from fewer of which nobody can tell how long each is. */
const LEAST = 2
const MOST = 5
/** Bars of before the first tick. */
const BEFORE = 5
const WITHIN_MS = 40_000
const SENT_TWICE = 0.4
const PRICES = [
  ['AAPL', 100],
  ['MSFT', 50],
] as const

export function fedByWindows(draw: Stream, scenario: Scenario): Scenario {
  return {
    ...scenario,
    looksBack: false,
    signals: [],
    rates: { ...scenario.rates, kinds: WITHOUT_OTHERS },
    settings: { ...scenario.settings, TRADING_CALENDAR: 'always' },
    special: { kind: 'bar_windows', symbols: PRICES.slice(0, draw.between(1, 2)).map(([symbol]) => symbol) },
  }
}

interface BarWindowsOptions {
  readonly kernel: Kernel
  readonly faults: FaultSource
  readonly seed: number
  readonly scenario: Scenario
  readonly cloud: Cloud
  readonly checker: Checker
}

export class BarWindows implements Companion {
  readonly #options: BarWindowsOptions
  readonly #ingest: FunctionSpec
  readonly #random: Stream
  /** By the minute that they begin in, from `BEFORE` minutes before the first tick on. */
  readonly #bars: readonly (readonly Bar[])[]
  readonly #rules = new BarWindowRules()
  /** The first of them that was never sent. */
  #news = 0

  constructor(options: BarWindowsOptions, ingest: FunctionSpec, symbols: readonly string[]) {
    const { seed, kernel, checker, scenario } = options
    this.#options = options
    this.#ingest = ingest
    this.#random = streamOf(seed, 'bar windows')
    this.#bars = barsOf(streamOf(seed, 'bars of windows'), symbols, kernel.now, BEFORE + scenario.ticks + 1)
    checker.judgeBars(this.#rules)
  }

  start(): void {
    // each window is sent with its tick
  }

  stop(): void {
    // nothing runs
  }

  tick(tick: number, at: number): void {
    const closed = BEFORE + tick
    if (closed > this.#bars.length) return
    this.#sendLater(at, closed)
    if (this.#random.chance(SENT_TWICE)) this.#sendLater(at, this.#random.between(LEAST, closed))
  }

  /** @param end of the window: the first bar that is not in it */
  #sendLater(at: number, end: number): void {
    const start = Math.max(0, end - this.#random.between(LEAST, MOST))
    this.#options.kernel.at(at + this.#random.below(WITHIN_MS), () => this.#send(start, end))
  }

  #send(start: number, end: number): void {
    const { kernel, cloud, faults } = this.#options
    if (start < this.#news) faults.note(`window ${start} ${end}`, 'bars_sent_again')
    this.#news = Math.max(this.#news, end)
    const bars = this.#bars.slice(start, end).flat()
    for (const bar of bars)
      this.#rules.told(bar.symbol, bar.startsAt + MINUTE, Number(formatDecimal(bar.close)))
    const { signals } = signalsFromBars(bars, createCalendar('always'))
    for (const { groupId, deduplicationId, body } of signalMessages(signals))
      this.#ingest.queue.send(groupId, deduplicationId, body, kernel.now)
    cloud.pump(this.#ingest)
  }
}

function barsOf(draw: Stream, symbols: readonly string[], start: number, minutes: number) {
  const closes = new Map<string, number>(PRICES)
  return Array.from({ length: minutes }, (_, minute) =>
    symbols.map((symbol): Bar => {
      const close = (closes.get(symbol) ?? 0) * (1 + (draw.next() - 0.5) / 50)
      closes.set(symbol, close)
      const [low, price, high] = [close * 0.999, close, close * 1.001].map((one) => decimal(one.toFixed(2)))
      const startsAt = asEpochMs(start + (minute - BEFORE) * MINUTE)
      if (low === undefined || price === undefined || high === undefined)
        throw new Error('a bar has three prices')
      return {
        startsAt,
        symbol,
        open: price,
        high,
        low,
        close: price,
        volume: decimal(String(draw.between(1, 900))),
      }
    }),
  )
}
