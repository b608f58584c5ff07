/** What a special world does as its ticks go by, and when they come. */
import { asEpochMs, type EpochMs } from '../../../lib/domain/time.ts'
import type { SimulatedExchange } from './exchange.ts'
import type { FaultSource } from './faults.ts'
import type { Special } from './special-kinds.ts'
import type { Stage } from './stage.ts'
import { RETENTION_DAYS } from './stage-names.ts'

const MINUTE = 60_000
const OFF_BEAT = { everyMs: 5 * MINUTE, firstMs: 3 * MINUTE }
const DAY = 86_400_000
const RETENTION_MS = RETENTION_DAYS * DAY
/** Nobody acts on a reservation that expires about now: what is about it is handed back for so long. */
const HANDED_BACK_MS = 10 * MINUTE
const SLOW_STORE_MS = 100
/** So that a lane meets a crowd of signals all at once. */
const CROWD_WAITS_TICKS = 3

/** When a tick is due, after the world's start. */
export function tickMs(special: Special | null, tick: number): number {
  if (special?.kind === 'off_beat') return OFF_BEAT.firstMs + tick * OFF_BEAT.everyMs
  const isBehind = special?.kind === 'expiring' && tick > special.tick
  return tick * MINUTE + (isBehind ? HANDED_BACK_MS : 0)
}

/** How long no tick comes while the retention passes. */
export function pauseMs(special: Special | null): number {
  return special?.kind === 'expiring' ? RETENTION_MS - MINUTE : RETENTION_MS + 3 * DAY
}

/** When what is to come in a tick's minute comes, after that tick: right before the next one. */
export function lateMs(special: Special | null): number {
  return special?.kind === 'off_beat' ? OFF_BEAT.everyMs - MINUTE : 0
}

/** What each request to the store takes longer, there and back. */
export function storeDelayMs(special: Special | null): number {
  return special?.kind === 'crowd' ? SLOW_STORE_MS : 0
}

/** Whether the schedule is silent in this tick. */
export function isSilent(special: Special | null, tick: number): boolean {
  return special?.kind === 'crowd' && tick < CROWD_WAITS_TICKS
}

/** Whether lanes run at a time. */
export function windowOf(special: Special | null, minuteOf: (tick: number) => number) {
  if (special?.kind !== 'night') return {}
  const closes = minuteOf(special.tick)
  return { window: (at: EpochMs) => at < asEpochMs(closes) }
}

export interface CourseWorld {
  readonly stage: Stage
  readonly exchange: SimulatedExchange
  readonly faults: FaultSource
  readonly minuteOf: (tick: number) => number
}

/** Right before the tick. */
export async function passTick(special: Special | null, tick: number, world: CourseWorld): Promise<void> {
  const { stage, exchange, faults, minuteOf } = world
  if (special?.kind === 'withdrawn' && tick === special.tick) {
    await stage.withdraw(special.account, special.how, asEpochMs(minuteOf(tick)))
    faults.note(`withdrawn ${tick}`, 'account_withdrawn')
  }
  // whoever had it on for another reason may have switched it off meanwhile
  if (special?.kind === 'night' && tick >= special.tick) stage.setKillSwitch(true, null)
  if (special?.kind === 'hanging' && tick === 0) exchange.hangsUntil = minuteOf(special.until)
}
