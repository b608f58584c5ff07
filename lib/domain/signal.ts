/** A market observation for a symbol and timeframe, and its place in its source's log (design section 1). */
import type { SignalId } from './ids.ts'
import type { EpochMs } from './time.ts'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

export interface Signal {
  readonly eventTs: EpochMs
  readonly symbol: string
  readonly timeframe: string
  /** The producer's sequence number. */
  readonly seq: number
  readonly source: string
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
