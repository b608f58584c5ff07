/**
 * Minute bars as a stream tells them, in front of a source that is asked for what the stream did not tell (docs/market-data.md).
 *
 * Invariant: a series is answered from here only for times since which nothing can have been missed: from the first bar of an
 * answer of the source on, as long as the stream has been listened to without a break since before that answer, and all that it told could
 * be read; never by a bar as it was told before it had closed.
 */
import type { EpochMs } from '../domain/time.ts'
import type { BarAnswer, BarQuery, BarSource, SourceBar } from '../ports/bar-source.ts'

const MINUTE_MS = 60_000
/** More than a run looks back in a series that it follows. */
const KEPT_MS = 30 * MINUTE_MS

interface KeptSeries {
  /** Since then everything is here. */
  readonly from: EpochMs
  readonly bars: Map<EpochMs, SourceBar>
  /** Starts of those that had not closed when the source was asked, and that the stream has not told since. */
  readonly underWay: Set<EpochMs>
}

export class LiveBars {
  readonly #kept = new Map<string, KeptSeries>()
  /** Rises with every break of the stream. */
  #breaks = 0
  #isListening = false

  listening(): void {
    this.#isListening = true
  }

  /** What closes from now on may be missed. */
  lost(): void {
    this.#isListening = false
    this.#breaks += 1
    this.#kept.clear()
  }

  /** A bar of the symbol was told so that it cannot be read: the source may have it. */
  missed(symbol: string): void {
    this.#kept.delete(symbol)
  }

  take(bar: SourceBar): void {
    const kept = this.#kept.get(bar.symbol)
    if (kept === undefined) return
    kept.bars.set(bar.startsAt, bar)
    kept.underWay.delete(bar.startsAt)
    for (const at of kept.bars.keys()) if (at < bar.startsAt - KEPT_MS) kept.bars.delete(at)
  }

  /** Whether a bar of the symbol would be kept. */
  follows(symbol: string): boolean {
    return this.#kept.has(symbol)
  }

  /** The source, asked only for what is not known here. */
  before(source: BarSource): BarSource {
    const known = (query: BarQuery) => this.#known(query)
    const readBars = (query: BarQuery) => this.#read(query, source)
    return {
      readBars: async (query) => known(query) ?? readBars(query),
      readSplits: (symbols, from, to) => source.readSplits(symbols, from, to),
      get requests() {
        return source.requests
      },
    }
  }

  #known({ symbols, timeframe, from, to }: BarQuery): BarAnswer | null {
    if (timeframe.durationMs !== MINUTE_MS) return null
    const bars: SourceBar[] = []
    for (const symbol of symbols) {
      const kept = this.#kept.get(symbol)
      if (kept === undefined || from < oldest(kept) || isUnsure(kept, to)) return null
      const within = [...kept.bars.values()].filter(({ startsAt }) => startsAt >= from && startsAt <= to)
      bars.push(...within.sort((left, right) => left.startsAt - right.startsAt))
    }
    return { bars, unreadable: new Map(), trouble: null }
  }

  async #read(query: BarQuery, source: BarSource): Promise<BarAnswer> {
    const [breaks, isListening] = [this.#breaks, this.#isListening]
    const isMinutes = query.timeframe.durationMs === MINUTE_MS
    const fresh = isMinutes && isListening ? query.symbols : []
    // what the stream tells while the source is asked is not missed either
    for (const symbol of fresh)
      this.#kept.set(symbol, { from: query.from, bars: new Map(), underWay: new Set() })
    const answer = await source.readBars(query)
    if (breaks !== this.#breaks) return answer
    for (const symbol of fresh) {
      const kept = this.#kept.get(symbol)
      if (answer.trouble !== null || answer.unreadable.has(symbol)) this.#kept.delete(symbol)
      else for (const bar of answer.bars) if (bar.symbol === symbol) keepOlder(kept, bar, query.to)
    }
    return answer
  }
}

/** What the stream has told is newer than what the source answered. */
function keepOlder(kept: KeptSeries | undefined, bar: SourceBar, askedAt: EpochMs): void {
  if (kept === undefined || kept.bars.has(bar.startsAt)) return
  kept.bars.set(bar.startsAt, bar)
  if (!hasClosed(bar.startsAt, askedAt)) kept.underWay.add(bar.startsAt)
}

function hasClosed(startsAt: EpochMs, now: EpochMs): boolean {
  return startsAt + MINUTE_MS <= now
}

/** Whether a bar has closed since that may have been told as it was before. */
function isUnsure({ underWay }: KeptSeries, now: EpochMs): boolean {
  return [...underWay].some((startsAt) => hasClosed(startsAt, now))
}

/** Older ones are let go of. */
function oldest({ from, bars }: KeptSeries): number {
  return Math.max(from, Math.max(...bars.keys(), 0) - KEPT_MS)
}
