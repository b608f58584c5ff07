/**
 * The signal log of a source over any storage of rows. Reading takes one eventually consistent query: rows are immutable,
 * so what it shows is right, and what it does not show yet waits.
 *
 * A missing row below one that was seen is either not visible yet or removed by retention. A strongly
 * consistent query that begins afterwards tells: every row below was stored before the one that was seen.
 */
import type { LoggedSignal, Signal, SignalBatch } from '../domain/signal.ts'
import type { SignalSeries } from '../domain/signal-series.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { AppendAtOutcome, AppendOutcome, DerivedSignalLog, StoredAlready } from '../ports/signal-log.ts'
import { type RetentionDays, isPast } from '../domain/retention.ts'
import { SignalAppender } from './append.ts'
import { RunAppender } from './append-run.ts'
import type { SignalRow, SignalRows } from '../ports/signal-rows.ts'
import { SeriesHistory } from './series-history.ts'

export class StoredSignalLog implements DerivedSignalLog {
  readonly #rows: SignalRows
  readonly #appender: SignalAppender
  readonly #runs: RunAppender
  readonly #history: SeriesHistory

  /** @param keepsHistoryOf whether a signal becomes part of its series' history, if it does not come late */
  constructor(
    rows: SignalRows,
    clock: Clock,
    retentionDays: RetentionDays,
    keepsHistoryOf: (signal: Signal) => boolean,
  ) {
    this.#rows = rows
    this.#history = new SeriesHistory(rows, clock, retentionDays, keepsHistoryOf)
    this.#appender = new SignalAppender(rows, clock, retentionDays, this.#history)
    this.#runs = new RunAppender(rows, clock, retentionDays, this.#history, this.#appender)
  }

  append(signal: Signal): Promise<AppendOutcome> {
    return this.#appender.append(signal)
  }

  appendFrom(first: number, signals: Iterable<Signal>): Promise<AppendAtOutcome | null> {
    return this.#runs.append(signals, first)
  }

  async prepareFor(series: readonly SignalSeries[], source: string): Promise<void> {
    const end = await this.#appender.settledEnd(source)
    await this.#history.learn(source, end, series)
  }

  find(signal: Signal): Promise<StoredAlready | null> {
    return this.#appender.find(signal)
  }

  end(source: string): Promise<number> {
    return this.#appender.last(source)
  }

  readHistory(
    series: SignalSeries,
    below: number,
    limit: number,
    now: EpochMs,
  ): Promise<readonly LoggedSignal[]> {
    return this.#history.read(series, below, limit, now)
  }

  async readAfter(
    source: string,
    cursor: number,
    limit: number,
    now: EpochMs,
    consistent = false,
  ): Promise<SignalBatch> {
    const first = await this.#rows.queryRows(source, cursor, limit, consistent)
    const seen = first.rows
    const firstLive = seen.find((row) => !isPast(row.expiresAt, now))
    // the last position of which everything below is known to have been stored
    const horizon = firstLive?.position ?? seen.at(-1)?.position
    if (horizon === undefined) return { signals: [], expired: null }
    if (firstLive?.position === cursor + 1) return { signals: liveRun(seen, cursor + 1, now), expired: null }

    const { rows, more } = consistent ? first : await this.#rows.queryRows(source, cursor, limit, true)
    const live = rows.find((row) => !isPast(row.expiresAt, now))
    const reached = more ? Math.min(rows.at(-1)?.position ?? cursor, horizon) : horizon
    const gone = Math.min(live === undefined ? reached : live.position - 1, horizon)
    return {
      signals: liveRun(rows, gone + 1, now),
      expired: gone === cursor ? null : { from: cursor + 1, to: gone },
    }
  }
}

/** The rows from `first` on that are live and follow each other without a gap. */
function liveRun(rows: readonly SignalRow[], first: number, now: EpochMs): readonly LoggedSignal[] {
  const run: LoggedSignal[] = []
  for (const { position, signalId, signal, expiresAt } of rows) {
    if (position < first) continue
    if (position !== first + run.length || isPast(expiresAt, now)) break
    run.push({ position, signalId, signal })
  }
  return run
}
