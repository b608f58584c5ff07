/** The timeframe of bars, found by how far apart they start (design section 6, "Files"). */
import type { Bar } from './bars.ts'

export interface Timeframe {
  /** As strategies name it: `1Min`, `5Min`, `1Hour`, `1Day`. */
  readonly name: string
  readonly durationMs: number
}

const SECOND = 1000
const UNITS = [
  ['Day', 86_400 * SECOND],
  ['Hour', 3600 * SECOND],
  ['Min', 60 * SECOND],
  ['Sec', SECOND],
] as const

/** Named by the largest unit that divides it. */
export function timeframeOf(durationMs: number): Timeframe {
  for (const [unit, length] of UNITS) {
    if (durationMs % length === 0) return { name: `${durationMs / length}${unit}`, durationMs }
  }
  return { name: `${durationMs}Ms`, durationMs }
}

/**
 * The most frequent distance between neighbouring bars of one symbol, the shorter one on a tie: gaps over
 * nights, weekends and quiet minutes are rarer than the bars' own spacing. Null with fewer than two bars.
 */
export function inferTimeframe(bars: readonly Bar[]): Timeframe | null {
  const counts = new Map<number, number>()
  let previous: Bar | undefined
  for (const bar of bars) {
    if (previous !== undefined) {
      const distance = bar.startsAt - previous.startsAt
      counts.set(distance, (counts.get(distance) ?? 0) + 1)
    }
    previous = bar
  }
  let best: readonly [number, number] | null = null
  for (const [distance, count] of counts) {
    if (best === null || count > best[1] || (count === best[1] && distance < best[0]))
      best = [distance, count]
  }
  return best === null ? null : timeframeOf(best[0])
}
