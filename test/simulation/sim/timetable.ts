/** When the ticks of a run are due. */
import { asEpochMs, type EpochMs, instant } from '../../../lib/domain/time.ts'
import { SPLIT_DAY, SPLIT_MINUTE } from './bar-tape.ts'
import type { Scenario } from './scenario.ts'
import { tickMs } from './special-course.ts'

const MINUTE = 60_000
/** Of shares that split: midnight in New York. */
const MIDNIGHT = instant(`${SPLIT_DAY}T05:00:00Z`)
/** An exchange's session ends here. */
const CLOSE = instant('2026-02-10T21:00:00Z')
/** The first tick's distance to it, where the session does not end. */
const FAR_MINUTES = 120
/** So that `reconcile`, which comes every five minutes, makes up for nothing in the last faulty minutes and the first calm ones. */
const LATER_MINUTES = 2

export class Timetable {
  /** When the first tick is due. */
  readonly start: EpochMs
  /** When the exchange's session ends; null: never. */
  readonly closesAt: EpochMs | null
  readonly #special: Scenario['special']
  #pausedFrom = Infinity
  #pausedMs = 0

  constructor({ closesAtTick, special, feed }: Pick<Scenario, 'closesAtTick' | 'special' | 'feed'>) {
    this.closesAt = closesAtTick === null ? null : CLOSE
    const far = feed === 'forwarders' || feed === 'topic' ? FAR_MINUTES - LATER_MINUTES : FAR_MINUTES
    const splits = special?.kind === 'market_data' && special.splits
    this.start = asEpochMs(splits ? MIDNIGHT - SPLIT_MINUTE * MINUTE : CLOSE - (closesAtTick ?? far) * MINUTE)
    this.#special = special
  }

  /** From a tick on everything is so much later. */
  pause(tick: number, milliseconds: number): void {
    this.#pausedFrom = tick
    this.#pausedMs = milliseconds
  }

  minuteOf(tick: number): number {
    return this.start + (tick >= this.#pausedFrom ? this.#pausedMs : 0) + tickMs(this.#special, tick)
  }
}
