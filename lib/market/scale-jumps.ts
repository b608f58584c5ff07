/** Prices that look as if their scale had changed overnight, as by a split that the bars are not adjusted for. Pure. */
import { isCrypto } from '../domain/symbol.ts'
import { BarColumns } from './bar-columns.ts'
import { dateOf, startsOf } from './bar-series.ts'
import type { BarSeries } from './bars.ts'
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

/** Bars closer to each other than this lie within a session, and need not be looked at. */
const NIGHT = 3_600_000

export function isScaleJump(ratio: number): boolean {
  return ratio >= SCALE_JUMP || ratio <= 1 / SCALE_JUMP
}

export function scaleJumps(series: readonly BarSeries[]): ScaleJump[] {
  const dayOf = newYorkDays()
  return series
    .filter(({ symbol }) => !isCrypto(symbol))
    .flatMap(({ symbol, bars }) => {
      const own = bars instanceof BarColumns ? bars : new BarColumns(symbol, bars)
      const jumps: ScaleJump[] = []
      const starts = startsOf(own)
      for (let index = 1; index < starts.length; index += 1) {
        if ((starts[index] ?? 0) - (starts[index - 1] ?? 0) < NIGHT) continue
        const [before, bar] = [own.at(index - 1), own.at(index)]
        const ratio = asDouble(bar.open ?? bar.close) / asDouble(before.close)
        if (!isScaleJump(ratio) || dayOf(bar.startsAt) === dayOf(before.startsAt)) continue
        jumps.push({ symbol, date: dateOf(bar.startsAt), ratio })
      }
      return jumps
    })
}
