/** What a run observes, without making all of it: for who asks what strategies will be asked about before anything runs. */
import type { Signal } from './signal.ts'

/** A timeframe as its signals name it, and a symbol. */
export type ObservedSeries = Pick<Signal, 'timeframe' | 'symbol'>

export interface Observed extends ObservedSeries {
  /** Null: it was enough before them. */
  readonly signal: Signal | null
  /** How many are observed. */
  readonly count: number
}

/** Series by series; a series' signals are made until it is enough. */
export type Observe = (isEnough: (series: ObservedSeries) => boolean) => Iterable<Observed>
