/** The timeframe of bars, found by how far apart they start (docs/architecture.md#files). */
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

const HOUR = 3600 * SECOND
const DAY = 24 * HOUR

/**
 * The smallest distance between neighbouring bars of one symbol: bars do not overlap, and even a quiet
 * symbol has two in a row at some time. Days on which clocks change count as days. Null with fewer than
 * two bars.
 */
export function inferTimeframe(bars: readonly Bar[]): Timeframe | null {
  let smallest: number | null = null
  let previous: Bar | undefined
  for (const bar of bars) {
    if (previous !== undefined) {
      const distance = bar.startsAt - previous.startsAt
      if (smallest === null || distance < smallest) smallest = distance
    }
    previous = bar
  }
  if (smallest === null) return null
  return timeframeOf(Math.abs(smallest - DAY) <= HOUR ? DAY : smallest)
}
