/**
 * A market observation for a symbol and timeframe, and its place in its source's log
 * (docs/architecture.md#signal-log).
 */
import type { SignalId, SignalIdentity } from './ids.ts'
import type { EpochMs } from './time.ts'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

export interface Signal extends SignalIdentity {
  readonly ingestTs: EpochMs | null
  /** Indicators as the producer names them; feature normalisation gives them their contract names. */
  readonly payload: { readonly [key: string]: Json }
}

/** A signal with its dense position (1, 2, 3, ...) in its source's log. */
export interface LoggedSignal {
  readonly position: number
  readonly signalId: SignalId
  readonly signal: Signal
}

/** A place in a source's log. */
export interface LogPosition {
  readonly source: string
  readonly position: number
}

/** What follows a cursor in a source's log. */
export interface SignalBatch {
  /** The contiguous run of live rows, ascending; empty when there is nothing to do. */
  readonly signals: readonly LoggedSignal[]
  /** Positions before `signals` that retention has removed, or null. */
  readonly expired: { readonly from: number; readonly to: number } | null
}
