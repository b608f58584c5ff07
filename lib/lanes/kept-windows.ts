/**
 * What came before a batch in the series that strategies look back in (docs/architecture.md#history), read from the log once
 * per series and process, and carried on with each batch that this process reads.
 *
 * Invariants: what is kept never changes an answer, it only saves a read; without a strategy that looks back nothing is read.
 */
import { inParallel } from '../domain/in-parallel.ts'
import type { SignalBatch } from '../domain/signal.ts'
import { type SignalSeries, seriesKey } from '../domain/signal-series.ts'
import type { EpochMs } from '../domain/time.ts'
import type { SignalLog } from '../ports/signal-log.ts'
import { type CompiledStrategies, historyAsked } from '../strategy/compile.ts'
import { appendPast, type HistoryWindows, LATE_BY, NO_WINDOWS, PastSignal } from '../strategy/history.ts'

interface KeptWindow {
  readonly series: SignalSeries
  /** Oldest first. */
  readonly past: PastSignal[]
  /** The position up to which nothing of the series is missing at the end of it. */
  upTo: number
  /** Whether it begins with the series itself. */
  isWhole: boolean
  /** How many of it are kept. */
  readonly most: number
}

/** So many more than a window needs are kept, for lanes that are a little behind. */
const SPARE = 64
const READS_AT_ONCE = 8

export class KeptWindows {
  readonly #log: Pick<SignalLog, 'readHistory'>
  readonly #kept = new Map<string, KeptWindow>()

  constructor(log: Pick<SignalLog, 'readHistory'>) {
    this.#log = log
  }

  /** The windows before a batch, of each series of it that one of the strategies looks back in. */
  async before(
    { signals }: SignalBatch,
    strategies: Pick<CompiledStrategies, 'asked' | 'looksBack'>,
    now: EpochMs,
  ): Promise<HistoryWindows> {
    const first = signals[0]
    if (first === undefined || !strategies.looksBack) return NO_WINDOWS
    const wanted = new Map<string, { readonly series: SignalSeries; readonly count: number }>()
    for (const { signal } of signals) {
      const asked = historyAsked(strategies, signal)
      if (asked > 0) wanted.set(seriesKey(signal), { series: signal, count: asked + LATE_BY })
    }
    const windows = await inParallel([...wanted], READS_AT_ONCE, async ([key, { series, count }]) => {
      const past =
        this.#window(key, first.position, count) ?? (await this.#read(series, first.position, count, now))
      return [key, past] as const
    })
    this.#carryOn(signals)
    return new Map(windows)
  }

  /** Null when what is kept does not tell. */
  #window(key: string, below: number, count: number): readonly PastSignal[] | null {
    const kept = this.#kept.get(key)
    if (kept === undefined || kept.upTo < below - 1) return null
    const past = kept.past.filter(({ position }) => position < below)
    return kept.isWhole || past.length >= count ? past.slice(-count) : null
  }

  async #read(
    { source, symbol, timeframe }: SignalSeries,
    below: number,
    count: number,
    now: EpochMs,
  ): Promise<readonly PastSignal[]> {
    const series = { source, symbol, timeframe }
    const rows = await this.#log.readHistory(series, below, count, now)
    const past = rows.map((row) => new PastSignal(row))
    const key = seriesKey(series)
    const known = this.#kept.get(key)
    // a lane that is behind must not take from others what they know
    if (known === undefined || known.upTo < below) {
      const isWhole = past.length < count
      this.#kept.set(key, { series, past: [...past], upTo: below - 1, isWhole, most: count + SPARE })
    }
    return past
  }

  /** Adds a batch to every window that it goes on from. */
  #carryOn(signals: SignalBatch['signals']): void {
    const [first, last] = [signals[0], signals.at(-1)]
    if (first === undefined || last === undefined) return
    for (const [key, kept] of this.#kept) {
      if (kept.series.source !== first.signal.source) continue
      if (kept.upTo < first.position - 1) this.#kept.delete(key)
    }
    for (const logged of signals) {
      const kept = this.#kept.get(seriesKey(logged.signal))
      if (kept !== undefined && logged.position > kept.upTo) appendPast(kept.past, logged)
    }
    for (const kept of this.#kept.values()) {
      if (kept.series.source !== first.signal.source) continue
      kept.upTo = Math.max(kept.upTo, last.position)
      if (kept.past.length <= kept.most + SPARE) continue
      kept.past.splice(0, kept.past.length - kept.most)
      kept.isWhole = false
    }
  }
}
