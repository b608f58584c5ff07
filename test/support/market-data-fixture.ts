/**
 * A producer of bars over memory, with a source whose bars come late, are corrected, or break off, and with state that can be
 * lost or cut off at any call: what the tests of market data share.
 */
import { MemoryFoldStore } from '../../lib/adapters/memory/fold-store.ts'
import { MemorySignalRows } from '../../lib/adapters/memory/signal-rows.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import type { Indicator } from '../../lib/domain/indicator.ts'
import type { Signal } from '../../lib/domain/signal.ts'
import type { StrategyDefinition } from '../../lib/domain/strategy-definition.ts'
import { asEpochMs } from '../../lib/domain/time.ts'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import { Producer, type ProducerDeps, type ProducerSummary } from '../../lib/producer/produce-bars.ts'
import type {
  BarAnswer,
  BarQuery,
  BarSource,
  BarTrouble,
  SourceBar,
  Split,
} from '../../lib/ports/bar-source.ts'
import { StoredSignalLog } from '../../lib/signals/stored-signal-log.ts'
import { countsAsPast } from '../../lib/strategy/history.ts'
import { HandClock } from './hand-clock.ts'
import { highest } from './highest.ts'
import { CountingTelemetry } from './telemetry.ts'

export const MARKET_SOURCE = 'alpaca-iex'
export const MARKET_CALENDAR = createCalendar('us_equities')
const DEADLINE_MS = 45_000

export function wants(symbols: readonly string[], baseTimeframe = '1Min'): StrategyDefinition {
  const kept = {
    name: 'x',
    strategyType: 'static',
    version: '1.0.0',
    enabled: true,
    legacyFallback: null,
    params: {},
  }
  return { ...kept, id: `${baseTimeframe} ${symbols.join()}`, baseTimeframe, universeSymbols: [...symbols] }
}

export function barAt(symbol: string, startsAt: number, close: number, volume = 100): SourceBar {
  const [open, high, low] = [close * 0.999, close * 1.001, close * 0.998].map((price) =>
    decimal(price.toFixed(4)),
  )
  return {
    startsAt: asEpochMs(startsAt),
    symbol,
    open: open ?? decimal(1),
    high: high ?? decimal(1),
    low: low ?? decimal(1),
    close: decimal(close.toFixed(4)),
    volume: decimal(volume),
  }
}

/** A bar as it is told from a moment on, under a timeframe. */
export interface TimedBar {
  readonly bar: SourceBar
  readonly timeframe: string
  readonly knownAt: number
}

/** Tells of each bar what it knows by now; answers can be cut off or refused. */
export class FakeBars implements BarSource {
  readonly told: TimedBar[] = []
  readonly splits: Split[] = []
  readonly queries: BarQuery[] = []
  requests = 0
  /** What becomes of an answer, if it is not given as it is. */
  spoil: (query: BarQuery, bars: readonly SourceBar[]) => BarAnswer | null = () => null
  splitsUnreadable = false
  readonly #clock: HandClock

  constructor(clock: HandClock) {
    this.#clock = clock
  }

  async readBars(query: BarQuery): Promise<BarAnswer> {
    this.requests += 1
    this.queries.push(query)
    const { symbols, timeframe, from, to } = query
    const latest = new Map<string, TimedBar>()
    for (const one of this.told) {
      const { symbol, startsAt } = one.bar
      if (!symbols.includes(symbol) || one.timeframe !== timeframe.name || one.knownAt > this.#clock.at)
        continue
      if (startsAt >= from && startsAt <= to) latest.set(`${symbol} ${startsAt}`, one)
    }
    const bars = [...latest.values()]
      .map(({ bar }) => bar)
      .sort((left, right) =>
        left.symbol < right.symbol ? -1 : left.symbol > right.symbol ? 1 : left.startsAt - right.startsAt,
      )
    return this.spoil(query, bars) ?? { bars, unreadable: new Map(), trouble: null }
  }

  async readSplits(symbols: readonly string[], from: string, to: string): Promise<readonly Split[] | null> {
    this.requests += 1
    if (this.splitsUnreadable) return null
    return this.splits.filter((one) => symbols.includes(one.symbol) && one.exDate >= from && one.exDate <= to)
  }
}

export function troubled(bars: readonly SourceBar[], trouble: BarTrouble): BarAnswer {
  return { bars, unreadable: new Map(), trouble }
}

/** The end of a process, in the middle of a call. */
export class Killed extends Error {}

/** Ends the process before or after the n-th call from now, whatever is called. */
export class Executioner {
  #left = Infinity
  #applied = false

  after(calls: number, applied: boolean): void {
    this.#left = calls
    this.#applied = applied
  }

  spare(): void {
    this.#left = Infinity
  }

  watch<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (watched, name) => {
        const member: unknown = Reflect.get(watched, name, watched)
        if (typeof member !== 'function') return member
        return (...args: unknown[]): unknown => {
          const call = () => (member as (...given: unknown[]) => unknown).apply(watched, args)
          this.#left -= 1
          if (this.#left > 0) return call()
          if (this.#applied) void call()
          throw new Killed()
        }
      },
    })
  }
}

export class MarketDataFixture {
  readonly clock: HandClock
  readonly bars: FakeBars
  readonly executioner = new Executioner()
  readonly telemetry = new CountingTelemetry()
  folds = new MemoryFoldStore()
  version = '1'
  warmUpBars = 100
  own: readonly Indicator[] = [highest]
  readonly #rows = new MemorySignalRows()

  constructor(at: string) {
    this.clock = new HandClock(at)
    this.bars = new FakeBars(this.clock)
  }

  /** A process, with its own memory of the log. */
  producer(more: Partial<ProducerDeps> = {}): Producer {
    const { clock, telemetry, version, warmUpBars, own } = this
    return new Producer({
      source: MARKET_SOURCE,
      calendar: MARKET_CALENDAR,
      own,
      version,
      warmUpBars,
      signals: new StoredSignalLog(this.executioner.watch(this.#rows), clock, 90, countsAsPast),
      folds: this.executioner.watch(this.folds),
      clock,
      pause: async (ms) => clock.advance(ms),
      telemetry,
      ...more,
    })
  }

  run(
    producer: Producer,
    strategies: readonly StrategyDefinition[],
    ms = DEADLINE_MS,
  ): Promise<ProducerSummary> {
    const until = this.clock.at + ms
    return producer.run({ strategies, bars: this.bars, remainingMs: () => until - this.clock.at })
  }

  /** What the log holds, in its order. */
  async stored(): Promise<readonly Signal[]> {
    const { rows } = await this.#rows.queryRows(MARKET_SOURCE, 0, 1_000_000)
    return rows.map(({ signal }) => signal)
  }

  log(): StoredSignalLog {
    return new StoredSignalLog(this.#rows, this.clock, 90, countsAsPast)
  }
}
