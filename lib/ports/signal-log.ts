/**
 * The signal log of a source: dense positions, one per signal id, immutable (docs/architecture.md#signal-log).
 */
import type { EpochMs } from '../domain/time.ts'
import type { LoggedSignal, Signal, SignalBatch } from '../domain/signal.ts'
import type { SignalSeries } from '../domain/signal-series.ts'

export type StoredAlready =
  /** The signal was stored before, here. */
  | { readonly kind: 'duplicate'; readonly position: number }
  /** The same id with another payload: not stored; the caller quarantines it. */
  | { readonly kind: 'conflicting_payload'; readonly position: number }

export type AppendOutcome =
  | { readonly kind: 'appended'; readonly position: number }
  /** It exceeds what one item may hold; nothing was stored. */
  | { readonly kind: 'too_large' }
  | StoredAlready

/** Of an append that may take one position alone. */
export type AppendAtOutcome =
  | AppendOutcome
  /** Another signal has the position, or may get it; nothing was stored. */
  | { readonly kind: 'overtaken' }

export interface SignalLog {
  append(signal: Signal): Promise<AppendOutcome>
  /** Null when the signal is not stored. Strongly consistent, and cheaper than to append it again. */
  find(signal: Signal): Promise<StoredAlready | null>
  /**
   * The signals after `cursor`, at most `limit`, contiguous prefix only: what lies behind a hole waits.
   * Rows that expired at `now` count as gone. One eventually consistent query; positions below the first
   * live row are confirmed by a strongly consistent one. With `consistent` one strongly consistent query: it shows
   * everything that was appended before it began.
   */
  readAfter(
    source: string,
    cursor: number,
    limit: number,
    now: EpochMs,
    consistent?: boolean,
  ): Promise<SignalBatch>
  /** The last position ever given; 0 for an empty log. Strongly consistent. */
  end(source: string): Promise<number>
  /**
   * The last `limit` signals of a series below a position, oldest first, also those that the log has forgotten: without
   * those that came late, or have no price. One strongly consistent query; complete below any position that was seen.
   */
  readHistory(
    series: SignalSeries,
    below: number,
    limit: number,
    now: EpochMs,
  ): Promise<readonly LoggedSignal[]>
}

/** A log for those who make signals of what it holds. */
export interface DerivedSignalLog extends SignalLog {
  /**
   * As `append`, at this position and those after it or not at all: for signals that are made of what the log holds below them.
   * Null: all were appended. Otherwise what became of the first that was not; it ends there.
   * @param first the position after the last that the caller has read
   * @param signals each is asked for once the one before it is stored
   */
  appendFrom(first: number, signals: Iterable<Signal>): Promise<AppendAtOutcome | null>
  /**
   * Reads the last of each series at once, so that the appends that follow in this process look up none of them. Nothing depends
   * on it but their number.
   */
  prepareFor(series: readonly SignalSeries[], source: string): Promise<void>
}
