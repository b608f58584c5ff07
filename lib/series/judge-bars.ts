/**
 * What the bars that a source tells of a series mean for its log: which are new, and what it tells otherwise than before. Pure.
 *
 * Invariants: a bar that is stored is never stored again, whatever it says now; a bar that comes after a later one was stored is
 * never stored: signals of bars after it are made already.
 */
import type { EpochMs } from '../domain/time.ts'
import type { Bar } from '../market/bars.ts'
import type { Timeframe } from '../market/timeframe.ts'
import type { Progress } from './progress.ts'
import { type ToldBar, toldAfter, toldOf } from './stored-bar.ts'

export interface ClosedBar {
  readonly bar: Bar
  readonly endedAt: EpochMs
}

export interface Judged {
  /** In the order of time. */
  readonly fresh: readonly ClosedBar[]
  /** Stored bars that are told otherwise now. */
  readonly corrections: number
  /** Bars that came after a later one was stored. */
  readonly late: number
  /** What its source has told by now of the bars that are kept to compare with. */
  readonly told: readonly ToldBar[]
}

export function judgeBars(
  closed: readonly ClosedBar[],
  progress: Pick<Progress, 'lastEnd' | 'told'> | null,
  timeframe: Timeframe,
): Judged {
  const fresh = new Map<EpochMs, ClosedBar>()
  let corrections = 0
  let late = 0
  let told = progress?.told ?? []
  for (const one of closed) {
    if (progress === null || one.endedAt > progress.lastEnd) {
      fresh.set(one.endedAt, one)
      continue
    }
    const known = told.find(({ endedAt }) => endedAt === one.endedAt)
    const now = toldOf(one.bar, one.endedAt)
    if (known === undefined && one.endedAt < (told[0]?.endedAt ?? progress.lastEnd)) continue
    if (known === undefined) late += 1
    else if (known.values === now.values) continue
    else corrections += 1
    told = toldAfter(told, now, timeframe)
  }
  const ends = [...fresh.keys()].sort((left, right) => left - right)
  return { fresh: ends.flatMap((end) => fresh.get(end) ?? []), corrections, late, told }
}
