/**
 * The log of a source as the producer of its bars knows it: how far it has been read, and how far each series is folded
 * (docs/market-data.md).
 *
 * Invariants: a bar's signal is made of the log's rows below the position it gets, and of no other bars: it is appended at the
 * position after the last that was read, or not at all; what is known here follows from the log, so that losing it, or the stored
 * folds, changes no signal but for those made from the warm-up; a stored fold never says more than the log.
 */
import { InvalidValueError } from '../domain/errors.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { LoggedSignal, Signal } from '../domain/signal.ts'
import { seriesKey } from '../domain/signal-series.ts'
import type { HistoryBreak } from '../domain/history-break.ts'
import { progressOf, storedFold } from '../series/fold-content.ts'
import { type FoldContext, type FoldedBar, foldBar, foldStored, type Progress } from '../series/progress.ts'
import type { ClosedBar } from '../series/judge-bars.ts'
import type { ToldBar } from '../series/stored-bar.ts'
import { warmUpBars } from '../series/warm-up.ts'
import type { WantedSeries } from '../series/wanted-series.ts'
import type { Clock } from '../ports/clock.ts'
import type { FoldStore } from '../ports/fold-store.ts'
import type { DerivedSignalLog } from '../ports/signal-log.ts'

export interface SeriesLogDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly signals: Pick<DerivedSignalLog, 'appendFrom' | 'prepareFor' | 'readAfter' | 'readHistory' | 'end'>
  readonly folds: FoldStore
  readonly context: FoldContext
  /** Of everything that folds: another one begins anew from the log. */
  readonly version: string
  /** Tells of a fold that is not stored, and why; it is made again from the log by the next process. */
  readonly notStored: (series: WantedSeries, reason: string) => void
}

export interface NextBar {
  readonly wanted: WantedSeries
  readonly folded: FoldedBar
}

/** What is known of one series. */
interface Known {
  readonly wanted: WantedSeries
  progress: Progress | null
  /** The position of the fold that is stored, as far as is known; null: none. */
  storedAt: number | null
  /** What the next process would have to fold again, in bars, or could not know. */
  unstored: number
}

const PAGE = 1000
const AT_ONCE = 25
/** A fold is stored again when it is so many bars ahead: fewer writes, and few rows for the next process to read. */
const STORED_EVERY = 10
/** Rows of a series that are read before it is folded anew from its warm-up. */
const FEW_ROWS = 50
/** A series of which others append at the same time is left to the next run. */
const MOST_TRIES = 5

export class SeriesLog {
  readonly #deps: SeriesLogDeps
  readonly #known = new Map<string, Known>()
  readonly #unsaved = new Set<Known>()
  /** The last position that was read; null before the first. */
  #end: number | null = null

  constructor(deps: SeriesLogDeps) {
    this.#deps = deps
  }

  /** The last position that was read or appended. */
  get end(): number {
    return this.#end ?? 0
  }

  /** Reads what is new in the log, and all of series that were not known. @throws UnavailableError */
  async follow(wanted: readonly WantedSeries[]): Promise<void> {
    const { signals, context } = this.#deps
    // the last one read again: its copy in the history may not be there yet
    this.#end ??= Math.max(0, (await signals.end(context.source)) - 1)
    const fresh = wanted.filter((one) => !this.#known.has(this.#keyOf(one)))
    if (fresh.length > 0) await this.#load(fresh)
    await this.#catchUp()
    const series = wanted.map((one) => seriesOf(one, context.source))
    if (fresh.length > 0) await signals.prepareFor(series, context.source)
  }

  progress(wanted: WantedSeries): Progress | null {
    return this.#known.get(this.#keyOf(wanted))?.progress ?? null
  }

  /** Notes what the source tells by now of stored bars; kept with the next bar. */
  noteTold(wanted: WantedSeries, told: readonly ToldBar[]): void {
    const known = this.#known.get(this.#keyOf(wanted))
    if (known?.progress == null || told === known.progress.told) return
    known.progress = { ...known.progress, told }
    // no log tells it
    known.unstored = STORED_EVERY
  }

  /**
   * Folds a bar that is later than all of its series.
   * @throws ConfigurationError when an indicator of the user's fails
   */
  fold(wanted: WantedSeries, bar: ClosedBar, broken: HistoryBreak | null): FoldedBar {
    return foldBar(this.progress(wanted), bar, wanted, this.#deps.context, broken)
  }

  /**
   * Appends the signals of bars, one position after the other; each bar is asked for when the progress tells of the one before.
   * Overtaken: somebody else has appended to the source, and whatever was decided about the last bar has to be decided again.
   * @throws UnavailableError
   */
  async append(bars: Iterable<NextBar>): Promise<'appended' | 'overtaken' | 'too_large'> {
    const outcome = await this.#deps.signals.appendFrom(this.end + 1, this.#signalsOf(bars))
    if (outcome === null) return 'appended'
    if (outcome.kind === 'too_large') return 'too_large'
    await this.#catchUp()
    return 'overtaken'
  }

  *#signalsOf(bars: Iterable<NextBar>): Generator<Signal> {
    for (const { wanted, folded } of bars) {
      yield folded.signal
      // asked for the next one: this one is stored
      this.#end = this.end + 1
      const known = this.#known.get(this.#keyOf(wanted))
      if (known === undefined) continue
      this.#move(known, folded.at(this.#end))
    }
  }

  /** Stores the folds that have moved far. @throws UnavailableError */
  async save(): Promise<void> {
    const moved = [...this.#unsaved]
    await inParallel(moved, AT_ONCE, async (known) => {
      await this.#store(known)
      this.#unsaved.delete(known)
    })
  }

  async #store(known: Known): Promise<void> {
    const { folds, version, context, notStored } = this.#deps
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const { progress, wanted } = known
      if (progress === null || progress.position <= (known.storedAt ?? -1)) return
      const series = seriesOf(wanted, context.source)
      const fold = foldOf(progress, series, version)
      if (typeof fold === 'string' || !folds.fits(fold)) {
        notStored(wanted, typeof fold === 'string' ? fold : 'its indicators keep more than an item holds')
        return
      }
      if (await folds.write(fold, known.storedAt)) {
        known.storedAt = progress.position
        known.unstored = 0
        return
      }
      // another process has stored it, or our own write was seen twice
      const [stored] = await folds.read([series])
      known.storedAt = stored?.position ?? null
    }
  }

  async #load(wanted: readonly WantedSeries[]): Promise<void> {
    const { folds, version, context } = this.#deps
    const stored = await folds.read(wanted.map((one) => seriesOf(one, context.source)))
    const byKey = new Map(stored.map((fold) => [seriesKey(fold.series), fold]))
    const all = await inParallel(wanted, AT_ONCE, async (one): Promise<Known> => {
      const fold = byKey.get(this.#keyOf(one)) ?? null
      const loaded = await this.#loaded(one, fold === null ? null : progressOf(fold, version))
      return { wanted: one, ...loaded, storedAt: fold?.position ?? null }
    })
    // all or none: a read that is still under way when another one has failed must not undo what a later load knows
    for (const known of all) this.#known.set(this.#keyOf(known.wanted), known)
  }

  /** The stored progress with what was stored of its series since; from the warm-up where that is missing or far behind. */
  async #loaded(
    wanted: WantedSeries,
    stored: Progress | null,
  ): Promise<Pick<Known, 'progress' | 'unstored'>> {
    const { signals, context, clock } = this.#deps
    const series = seriesOf(wanted, context.source)
    const read = (limit: number) => signals.readHistory(series, this.end + 1, limit, clock.now())
    // the last row of the log is caught up with after the load
    if (stored !== null && stored.position <= this.end + 1) {
      const later = (rows: readonly LoggedSignal[]) =>
        rows.filter(({ position }) => position > stored.position)
      const last = await read(1)
      const since = later(last).length === 0 ? last : await read(FEW_ROWS)
      if ((since[0]?.position ?? 0) <= stored.position || since.length < FEW_ROWS)
        return { progress: foldStored(stored, since, wanted, context), unstored: later(since).length }
    }
    // a stored fold that is ahead of the log is of a log that was there before
    const progress = foldStored(null, await read(warmUpBars(wanted)), wanted, context)
    return { progress, unstored: STORED_EVERY }
  }

  #keyOf(wanted: WantedSeries): string {
    return seriesKey(seriesOf(wanted, this.#deps.context.source))
  }

  /** Folds what was appended since, by whomever. */
  async #catchUp(): Promise<void> {
    const { signals, context, clock } = this.#deps
    for (;;) {
      const batch = await signals.readAfter(context.source, this.end, PAGE, clock.now(), true)
      const reached = batch.signals.at(-1)?.position ?? batch.expired?.to
      if (reached === undefined) return
      this.#end = reached
      // what retention has removed may be a part of any series
      if (batch.expired !== null) await this.#load([...this.#known.values()].map(({ wanted }) => wanted))
      for (const row of batch.signals) {
        const known = this.#known.get(seriesKey({ ...row.signal, source: context.source }))
        if (known === undefined) continue
        const progress = foldStored(known.progress, [row], known.wanted, context)
        if (progress !== known.progress) this.#move(known, progress)
      }
    }
  }

  #move(known: Known, progress: Progress | null): void {
    known.progress = progress
    known.unstored += 1
    if (known.storedAt === null || known.unstored >= STORED_EVERY) this.#unsaved.add(known)
  }
}

/** The reason why it cannot be stored, in words, where it cannot. */
function foldOf(progress: Progress, series: ReturnType<typeof seriesOf>, version: string) {
  try {
    return storedFold(progress, series, version)
  } catch (error) {
    if (error instanceof InvalidValueError)
      return `its indicators keep what cannot be stored: ${error.message}`
    throw error
  }
}

function seriesOf({ symbol, timeframe }: WantedSeries, source: string) {
  return { source, symbol, timeframe: timeframe.name }
}
