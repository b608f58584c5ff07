/**
 * Where the producer keeps what its folds know, per series (docs/market-data.md). The log is the truth: whatever is lost here
 * is made again from it.
 */
import type { SignalSeries } from '../domain/signal-series.ts'
import type { EpochMs } from '../domain/time.ts'

/** One fold as it is stored. */
export interface StoredFold {
  readonly series: SignalSeries
  /** Of what made it: another version begins anew. */
  readonly version: string
  /** In the log, of the last bar that it has folded. */
  readonly position: number
  /** When the bar ended that the fold began with. */
  readonly firstEnd: EpochMs
  readonly lastEnd: EpochMs
  /** What is known after it, as text. */
  readonly content: string
}

export interface FoldStore {
  /** Those that are there, in no order. */
  read(series: readonly SignalSeries[]): Promise<readonly StoredFold[]>
  /** False, and nothing is stored, when it is too large. */
  fits(fold: StoredFold): boolean
  /** Conditional on the stored fold's position; null: on there being none. */
  write(fold: StoredFold, from: number | null): Promise<boolean>
}
