/**
 * The storage that the signal log's protocol stands on: single items, read strongly consistent and written
 * under a condition. A failed condition is `false`; a write whose answer was lost may be seen as `false` too.
 */
import type { SignalId } from '../domain/ids.ts'
import type { LoggedSignal } from '../domain/signal.ts'
import type { SignalSeries } from '../domain/signal-series.ts'

export interface SignalRow extends LoggedSignal {
  /** Epoch seconds; null for ever. */
  readonly expiresAt: number | null
}

/** Says where a signal's row is to be found; proves nothing by itself. */
export interface SignalMarker {
  readonly signalId: SignalId
  readonly position: number
  readonly expiresAt: number | null
}

/**
 * The highest position that was ever reserved in a source's log. No row lies above it; every row below it
 * was filled (or given up) before it rose.
 */
export interface HighWaterMark {
  readonly source: string
  readonly position: number
  /** Before this (epoch seconds) a missing row at `position` was never filled; null for ever. */
  readonly rowExpiresAt: number | null
}

export interface RowPage {
  /** Ascending. */
  readonly rows: readonly SignalRow[]
  /** Whether there may be more rows than were asked for or fit a page. */
  readonly more: boolean
}

export interface SignalRows {
  /** Whether a signal can be stored whole (docs/architecture.md#item-size). */
  fits(row: LoggedSignal): boolean
  readMark(source: string): Promise<HighWaterMark | null>
  /** Conditional on the stored position; null: on there being none. */
  moveMark(mark: HighWaterMark, from: number | null): Promise<boolean>
  readMarker(id: SignalId): Promise<SignalMarker | null>
  createMarker(marker: SignalMarker): Promise<boolean>
  /** Conditional on the marker's stored position. */
  moveMarker(marker: SignalMarker, from: number): Promise<boolean>
  readRow(source: string, position: number): Promise<SignalRow | null>
  createRow(row: SignalRow): Promise<boolean>
  queryRows(source: string, after: number, limit: number, consistent: boolean): Promise<RowPage>
  /** A row's copy in the history of its series, which outlives the log; false when it is there. */
  createHistory(row: SignalRow): Promise<boolean>
  /** Gives copies an expiry, after which they count as gone. */
  expireHistory(rows: readonly SignalRow[], expiresAt: number): Promise<void>
  /** The last `limit` copies of a series below a position, newest first, strongly consistent. */
  queryHistory(series: SignalSeries, below: number, limit: number): Promise<readonly SignalRow[]>
}
