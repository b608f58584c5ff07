/**
 * How far a series is folded: the value that goes from bar to bar, and from one run to the next (docs/market-data.md). Pure.
 *
 * Invariants: it follows from the series' rows of the log alone, from the first bar that it names on; a row that is no bar of
 * ours, or not later than the last, changes nothing; a row that says so (`history_broken`) begins anew.
 */
import { breakOf, HISTORY_BROKEN, type HistoryBreak } from '../domain/history-break.ts'
import type { Indicator } from '../domain/indicator.ts'
import type { LoggedSignal, Signal } from '../domain/signal.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Bar } from '../market/bars.ts'
import { SeriesFold, type SeriesState, type Sessions } from '../market/series-fold.ts'
import { storedBar, type ToldBar, toldAfter, toldOf } from './stored-bar.ts'
import type { WantedSeries } from './wanted-series.ts'

export interface Progress {
  /** In the log, of the last bar; 0 before the first. */
  readonly position: number
  /** When the bar ended that the fold began with. */
  readonly firstEnd: EpochMs
  readonly lastEnd: EpochMs
  /** The last bars as their source told them last. */
  readonly told: readonly ToldBar[]
  readonly state: SeriesState
}

/** What all bars of a series are folded with. */
export interface FoldContext {
  readonly source: string
  readonly sessions: Sessions
  readonly own: readonly Indicator[]
}

/** A bar's signal, and the progress once it is stored. */
export interface FoldedBar {
  readonly signal: Signal
  at(position: number): Progress
}

/**
 * Folds the next bar of a series.
 * @param broken what lies between it and the bar before: the fold begins anew
 * @throws ConfigurationError when an indicator of the user's fails
 */
export function foldBar(
  progress: Progress | null,
  { bar, endedAt }: { readonly bar: Bar; readonly endedAt: EpochMs },
  { symbol, timeframe }: WantedSeries,
  { source, sessions, own }: FoldContext,
  broken: HistoryBreak | null = null,
): FoldedBar {
  const before = broken === null ? progress : null
  const fold = new SeriesFold({
    source,
    symbol,
    timeframe,
    sessions,
    own,
    ...(before === null ? {} : { state: before.state }),
  })
  const made = fold.next(bar, endedAt)
  const signal = broken === null ? made : { ...made, payload: { ...made.payload, [HISTORY_BROKEN]: broken } }
  return {
    signal,
    at: (position) => ({
      position,
      firstEnd: before?.firstEnd ?? endedAt,
      lastEnd: endedAt,
      told: toldAfter(progress?.told ?? [], toldOf(bar, endedAt), timeframe),
      state: fold.state,
    }),
  }
}

/** Folds rows of the log, in the order of their positions, whoever has appended them. */
export function foldStored(
  progress: Progress | null,
  rows: readonly LoggedSignal[],
  series: WantedSeries,
  context: FoldContext,
): Progress | null {
  let reached = progress
  for (const { position, signal } of rows) {
    if (reached !== null && (position <= reached.position || signal.eventTs <= reached.lastEnd)) continue
    const bar = storedBar(signal, series.timeframe)
    if (bar === null) continue
    reached = foldBar(reached, { bar, endedAt: signal.eventTs }, series, context, breakOf(signal)).at(
      position,
    )
  }
  return reached
}
