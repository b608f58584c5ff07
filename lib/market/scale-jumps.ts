/** Prices that look as if their scale had changed overnight, as by a split that the bars are not adjusted for. Pure. */
import { isCrypto } from '../domain/symbol.ts'
import { dateOf, seriesOf } from './bar-series.ts'
import type { Bar } from './bars.ts'
import { asDouble } from './decimal-double.ts'
import { newYorkDays } from './new-york-day.ts'

export interface ScaleJump {
  readonly symbol: string
  /** Of the first bar in the new scale, `YYYY-MM-DD`. */
  readonly date: string
  /** Its open over the close before. */
  readonly ratio: number
}

/** A move between the bars of two days counts as one from here on, up or down: 3:2 is the smallest usual split. */
const SCALE_JUMP = 1.5

/** Bars closer to each other than this lie within a session. */
const NIGHT = 3_600_000

export function isScaleJump(ratio: number): boolean {
  return ratio >= SCALE_JUMP || ratio <= 1 / SCALE_JUMP
}

/** @param bars each symbol's in ascending order */
export function scaleJumps(bars: readonly Bar[]): ScaleJump[] {
  const jumps: ScaleJump[] = []
  const dayOf = newYorkDays()
  for (const { symbol, bars: own } of seriesOf(bars)) {
    if (isCrypto(symbol)) continue
    let last: Bar | null = null
    for (const bar of own) {
      const before: Bar | null = last
      last = bar
      if (before === null || bar.startsAt - before.startsAt < NIGHT) continue
      const ratio = asDouble(bar.open ?? bar.close) / asDouble(before.close)
      if (!isScaleJump(ratio) || dayOf(bar.startsAt) === dayOf(before.startsAt)) continue
      jumps.push({ symbol, date: dateOf(bar.startsAt), ratio })
    }
  }
  return jumps
}
