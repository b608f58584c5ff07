/**
 * The history of each series of signals (docs/architecture.md#signal-history): a copy of each row that comes in the order of
 * time, kept beyond the log's retention.
 *
 * Invariants: what the history holds below a position is a function of the log's rows below it; a copy is put before any later
 * row of the log can be; the newest `KEPT` copies of a series never expire; a signal that came late, or that retention has
 * forgotten and that came again, is no part of it.
 */
import type { LoggedSignal, Signal } from '../domain/signal.ts'
import { isLater, seriesKey, type SignalSeries } from '../domain/signal-series.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { EpochMs } from '../domain/time.ts'
import { type RetentionDays, expiryAfter, isPast } from '../domain/retention.ts'
import type { Clock } from '../ports/clock.ts'
import type { SignalRows } from '../ports/signal-rows.ts'

/** More than any plugin may ask for, with room for those that came meanwhile. */
const KEPT = 600
/** Copies that one pass gives an expiry, at most. */
const EXPIRED_AT_ONCE = 600
/** One append in so many looks whether its series holds more than is kept. */
const LOOKS_EVERY = 256
/** Look-ups under way at once. */
const LOOKS_AT_ONCE = 25

/** The last of each series, null where there is none, true as long as this process has noted every position up to the last one. */
interface KnownSeries {
  position: number
  readonly last: Map<string, Signal | null>
}

export class SeriesHistory {
  readonly #rows: SignalRows
  readonly #clock: Clock
  readonly #retentionDays: RetentionDays
  /** Whether a signal holds what a plugin could look at. */
  readonly #counts: (signal: Signal) => boolean
  /** By source. */
  readonly #known = new Map<string, KnownSeries>()

  constructor(
    rows: SignalRows,
    clock: Clock,
    retentionDays: RetentionDays,
    counts: (signal: Signal) => boolean,
  ) {
    this.#rows = rows
    this.#clock = clock
    this.#retentionDays = retentionDays
    this.#counts = counts
  }

  /** Puts the copy of a stored row, unless it is there or came late. Safe to repeat. Gives what is to be waited for, if anything. */
  note(logged: LoggedSignal): Promise<void> | undefined {
    const { position, signal } = logged
    const known = this.#knownBelow(signal.source, position)
    if (this.#counts(signal)) return this.#put(logged, known)
    if (known !== null) known.position = position
    return undefined
  }

  async #put(logged: LoggedSignal, known: KnownSeries | null): Promise<void> {
    const { position, signal } = logged
    const key = seriesKey(signal)
    const found = known?.last.get(key)
    const last = found === undefined ? await this.#lastBelow(signal, position) : found
    if (last === null || isLater(signal, last)) {
      const { signalId } = logged
      await this.#rows.createHistory({ position, signalId, signal, expiresAt: null })
      known?.last.set(key, signal)
      if (parseInt(signalId.slice(0, 8), 16) % LOOKS_EVERY === 0) await this.#expireBeyondKept(signal)
    } else known?.last.set(key, last)
    if (known !== null) known.position = position
  }

  /** Reads the last of each series, `LOOKS_AT_ONCE` at a time, once all of the source's log up to a position is noted. */
  async learn(source: string, position: number, series: readonly SignalSeries[]): Promise<void> {
    const last = new Map<string, Signal | null>()
    await inParallel(series, LOOKS_AT_ONCE, async (one) => {
      last.set(seriesKey(one), await this.#lastBelow(one, position + 1))
    })
    if ((this.#known.get(source)?.position ?? 0) <= position) this.#known.set(source, { position, last })
  }

  /** Oldest first. */
  async read(
    series: SignalSeries,
    below: number,
    limit: number,
    now: EpochMs,
  ): Promise<readonly LoggedSignal[]> {
    const rows = await this.#rows.queryHistory(series, below, limit)
    return rows
      .filter(({ expiresAt }) => !isPast(expiresAt, now))
      .map(({ position, signalId, signal }) => ({ position, signalId, signal }))
      .reverse()
  }

  /** What is known of a source when its next position is this one; null for a position that was noted before. */
  #knownBelow(source: string, position: number): KnownSeries | null {
    const known = this.#known.get(source)
    if (known !== undefined && known.position >= position) return null
    if (known?.position === position - 1) return known
    const fresh = { position: position - 1, last: new Map<string, Signal | null>() }
    this.#known.set(source, fresh)
    return fresh
  }

  async #lastBelow(series: SignalSeries, position: number): Promise<Signal | null> {
    const [last] = await this.#rows.queryHistory(series, position, 1)
    return last?.signal ?? null
  }

  async #expireBeyondKept(series: SignalSeries): Promise<void> {
    const expiresAt = expiryAfter(this.#clock.now(), this.#retentionDays)
    if (expiresAt === null) return
    const newest = await this.#rows.queryHistory(series, Number.MAX_SAFE_INTEGER, KEPT + EXPIRED_AT_ONCE)
    const tooMany = newest.slice(KEPT).filter((row) => row.expiresAt === null)
    await this.#rows.expireHistory(tooMany, expiresAt)
  }
}
