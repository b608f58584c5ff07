/** The series that a signal belongs to: those of one source, symbol and timeframe, however the timeframe is spelled. */
import { encodeFields } from './ids.ts'
import type { Signal } from './signal.ts'
import { timeframeKey } from './timeframe-name.ts'

export interface SignalSeries {
  readonly source: string
  readonly symbol: string
  /** Equally long ones are the same. */
  readonly timeframe: string
}

/** Different series never have the same key. */
export function seriesKey({ source, symbol, timeframe }: SignalSeries): string {
  return encodeFields(source, symbol, timeframeKey(timeframe))
}

/** Whether a signal comes after another of its series in time, or at the same time by the producer's count. */
export function isLater(signal: Signal, than: Signal): boolean {
  return signal.eventTs > than.eventTs || (signal.eventTs === than.eventTs && signal.seq > than.seq)
}
