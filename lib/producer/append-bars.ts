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
import type { FoldedBar } from '../series/progress.ts'
import type { WantedSeries } from '../series/wanted-series.ts'
import { barKey } from './bar-reader.ts'
import type { NextBar, SeriesLog } from './series-log.ts'

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
  const run = new AppendRun(bars, log, context)
  let outcome: Awaited<ReturnType<SeriesLog['append']>>
  do {
    outcome = await log.append(run.next())
    if (outcome === 'overtaken') run.overtaken()
    if (outcome === 'too_large') run.fail('its signal is larger than 64 KB')
  } while (outcome !== 'appended')
  return run.result
}

/** The bars of a run in their order, each judged when the one before it is stored. */
class AppendRun {
  readonly #bars: readonly NewBar[]
  readonly #log: SeriesLog
  readonly #context: AppendContext
  readonly #broken: Appended['broken'][number][] = []
  readonly #failed = new Map<string, Appended['failed'][number]>()
  #count = 0
  #complete = true
  /** Of the bar that is dealt with. */
  #index = 0
  #tries = 0

  constructor(bars: readonly NewBar[], log: SeriesLog, context: AppendContext) {
    this.#bars = [...bars].sort(inOrder)
    this.#log = log
    this.#context = context
  }

  get result(): Appended {
    const [count, broken, failed, complete] = [
      this.#count,
      this.#broken,
      [...this.#failed.values()],
      this.#complete,
    ]
    return { count, broken, failed, complete }
  }

  /** From the bar on that is dealt with. */
  *next(): Generator<NextBar> {
    for (; this.#index < this.#bars.length; this.#index += 1, this.#tries = 0) {
      const one = this.#bars[this.#index]
      if (one === undefined || this.#failed.has(keyOf(one)) || this.#isStored(one)) continue
      if (!this.#context.hasTime()) {
        this.#complete = false
        return
      }
      const broken = this.#brokenBefore(one)
      const folded = this.#folded(one, broken)
      if (folded === null) continue
      yield { wanted: one.wanted, folded }
      this.#count += 1
      if (broken !== null) this.#broken.push({ wanted: one.wanted, why: broken })
    }
  }

  overtaken(): void {
    this.#tries += 1
    if (this.#tries >= MOST_TRIES) this.fail('others append to the source at the same time')
  }

  /** The series of the bar that is dealt with gets no further. */
  fail(reason: string): void {
    const one = this.#bars[this.#index]
    if (one !== undefined) this.#failed.set(keyOf(one), { wanted: one.wanted, reason })
  }

  #isStored({ wanted, endedAt }: NewBar): boolean {
    const progress = this.#log.progress(wanted)
    return progress !== null && endedAt <= progress.lastEnd
  }

  #brokenBefore({ wanted, bar, endedAt }: NewBar): HistoryBreak | null {
    const progress = this.#log.progress(wanted)
    const close = progress?.state.indicators.closes.at(-1)
    if (progress === null || close === undefined) return null
    const exDates = this.#context.exDates.get(wanted.symbol) ?? []
    return breakBefore(
      bar,
      endedAt,
      { endedAt: progress.lastEnd, close },
      { ...this.#context, ...wanted, exDates },
    )
  }

  #folded(one: NewBar, broken: HistoryBreak | null): FoldedBar | null {
    try {
      return this.#log.fold(one.wanted, one, broken)
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      this.fail(error.message)
      return null
    }
  }
}

function inOrder(left: NewBar, right: NewBar): number {
  return (
    left.endedAt - right.endedAt ||
    compare(left.wanted.symbol, right.wanted.symbol) ||
    left.wanted.timeframe.durationMs - right.wanted.timeframe.durationMs
  )
}

function keyOf({ wanted: { symbol, timeframe } }: NewBar): string {
  return barKey(symbol, timeframe.name)
}
