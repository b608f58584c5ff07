/**
 * Appends the signals of new bars, in the order of time, then symbol, as a replay makes them (docs/market-data.md).
 *
 * Invariants: what is wrong with one series ends that series for the run and no other; each bar is judged once more whenever
 * somebody else has appended meanwhile.
 */
import { compare } from '../domain/compare.ts'
import { ConfigurationError } from '../domain/errors.ts'
import type { HistoryBreak } from '../domain/history-break.ts'
import { breakBefore, type BreakContext } from '../series/breaks.ts'
import type { ClosedBar } from '../series/judge-bars.ts'
import type { WantedSeries } from '../series/wanted-series.ts'
import { barKey } from './bar-reader.ts'
import type { SeriesLog } from './series-log.ts'

export interface NewBar extends ClosedBar {
  readonly wanted: WantedSeries
}

export interface AppendContext extends Omit<BreakContext, 'timeframe' | 'exDates'> {
  readonly exDates: ReadonlyMap<string, readonly string[]>
  /** Whether there is time for one more. */
  hasTime(): boolean
}

export interface Appended {
  readonly count: number
  readonly broken: readonly { readonly wanted: WantedSeries; readonly why: HistoryBreak }[]
  /** Series that got no further, and why. */
  readonly failed: readonly { readonly wanted: WantedSeries; readonly reason: string }[]
  /** Whether all of them were dealt with. */
  readonly complete: boolean
}

const MOST_TRIES = 5

/** @throws UnavailableError */
export async function appendBars(
  bars: readonly NewBar[],
  log: SeriesLog,
  context: AppendContext,
): Promise<Appended> {
  const inOrder = [...bars].sort(
    (left, right) =>
      left.endedAt - right.endedAt ||
      compare(left.wanted.symbol, right.wanted.symbol) ||
      left.wanted.timeframe.durationMs - right.wanted.timeframe.durationMs,
  )
  let count = 0
  const broken: Appended['broken'][number][] = []
  const failed = new Map<string, Appended['failed'][number]>()
  for (const one of inOrder) {
    const { wanted } = one
    const key = barKey(wanted.symbol, wanted.timeframe.name)
    if (failed.has(key)) continue
    if (!context.hasTime()) return { count, broken, failed: [...failed.values()], complete: false }
    const outcome = await appendOne(one, log, context)
    if (outcome.kind === 'failed') failed.set(key, { wanted, reason: outcome.reason })
    if (outcome.kind !== 'appended') continue
    count += 1
    if (outcome.broken !== null) broken.push({ wanted, why: outcome.broken })
  }
  return { count, broken, failed: [...failed.values()], complete: true }
}

type Outcome =
  | { readonly kind: 'appended'; readonly broken: HistoryBreak | null }
  | { readonly kind: 'stored_already' }
  | { readonly kind: 'failed'; readonly reason: string }

async function appendOne(one: NewBar, log: SeriesLog, context: AppendContext): Promise<Outcome> {
  const { wanted, bar, endedAt } = one
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const progress = log.progress(wanted)
    if (progress !== null && endedAt <= progress.lastEnd) return { kind: 'stored_already' }
    const close = progress?.state.indicators.closes.at(-1)
    const last = progress === null || close === undefined ? null : { endedAt: progress.lastEnd, close }
    const exDates = context.exDates.get(wanted.symbol) ?? []
    const broken = last && breakBefore(bar, endedAt, last, { ...context, ...wanted, exDates })
    try {
      const outcome = await log.append(wanted, { bar, endedAt }, broken)
      if (outcome === 'appended') return { kind: 'appended', broken }
      if (outcome === 'too_large') return { kind: 'failed', reason: 'its signal is larger than 64 KB' }
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      return { kind: 'failed', reason: error.message }
    }
  }
  return { kind: 'failed', reason: 'others append to the source at the same time' }
}
