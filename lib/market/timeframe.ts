/**
 * Timeframes by name, and the timeframe of bars, found by how far apart they start (docs/architecture.md#files).
 *
 * Invariant: bars that fit no timeframe are refused by naming one of them, since a made-up name (`167Hour`) would be asked
 * for by no strategy, without a word.
 */
export interface Timeframe {
  /** As strategies name it: `1Min`, `5Min`, `1Hour`, `1Day`, `1Week`, `1Month`. */
  readonly name: string
  /** A bar's length; nominal for months. */
  readonly durationMs: number
}

export type TimeframeFound =
  | { readonly kind: 'timeframe'; readonly timeframe: Timeframe }
  /** The bar at this place does not fit the others. */
  | { readonly kind: 'odd'; readonly index: number; readonly reason: string }

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
export const ONE_MINUTE: Timeframe = { name: '1Min', durationMs: MINUTE }
export const ONE_DAY: Timeframe = { name: '1Day', durationMs: DAY }
export const ONE_WEEK: Timeframe = { name: '1Week', durationMs: 7 * DAY }
export const ONE_MONTH: Timeframe = { name: '1Month', durationMs: 30 * DAY }
const UNITS = [
  ['Hour', HOUR],
  ['Min', MINUTE],
  ['Sec', SECOND],
] as const

/** Whether its bars are of trading days, not of hours. */
export function isDaily({ durationMs }: Timeframe): boolean {
  return durationMs >= DAY
}

/**
 * The timeframe of one symbol's bars; null with fewer than two. Bars do not overlap, and even a quiet symbol has two in a
 * row at some time: within a day it is the smallest distance, if that divides a day. Days may be missing (weekends, holidays),
 * weeks begin a day late after a holiday, months differ.
 */
export function inferTimeframe(starts: Float64Array): TimeframeFound | null {
  if (starts.length < 2) return null
  const distances = starts.subarray(1).map((start, index) => start - (starts[index] ?? start))
  const smallest = distances.reduce((least, distance) => Math.min(least, distance))
  if (smallest >= DAY) return longTimeframe(distances, smallest)
  const usual = mostFrequent(distances)
  if (usual < DAY && smallest >= SECOND && DAY % smallest === 0) {
    return { kind: 'timeframe', timeframe: withinDay(smallest) }
  }
  return misfit(starts, usual)
}

function longTimeframe(distances: Float64Array, smallest: number): TimeframeFound {
  if (smallest >= 27 * DAY && distances.every((distance) => distance <= 62 * DAY)) return found(ONE_MONTH)
  // A holiday on Monday or Friday moves the start of a week by a day.
  if (smallest >= 6 * DAY && smallest <= 8 * DAY) return found(ONE_WEEK)
  if (smallest <= 5 * DAY) return found(ONE_DAY)
  const index = distances.indexOf(smallest) + 1
  const reason = `starts ${inWords(smallest)} after the bar before it, as none of 1Day, 1Week and 1Month does`
  return { kind: 'odd', index, reason }
}

function found(timeframe: Timeframe): TimeframeFound {
  return { kind: 'timeframe', timeframe }
}

/** Named by the largest unit that divides it. */
function withinDay(durationMs: number): Timeframe {
  const [unit, length] = UNITS.find(([, one]) => durationMs % one === 0) ?? UNITS[2]
  return { name: `${durationMs / length}${unit}`, durationMs }
}

/** The bar that starts at another time within the usual distance than most do. */
function misfit(starts: Float64Array, usual: number): TimeframeFound {
  const remainders = starts.map((start) => start % usual)
  const common = mostFrequent(remainders)
  const index = Math.max(
    0,
    remainders.findIndex((remainder) => remainder !== common),
  )
  const reason = `does not fit the others, which mostly start ${inWords(usual)} apart`
  return { kind: 'odd', index, reason }
}

/** The smallest of those that are there most often. */
function mostFrequent(values: Float64Array): number {
  const sorted = values.toSorted()
  let [frequent, most, first] = [sorted[0] ?? 0, 0, 0]
  for (let end = 1; end <= sorted.length; end += 1) {
    if (sorted[end] === sorted[first]) continue
    if (end - first > most) {
      most = end - first
      frequent = sorted[first] ?? 0
    }
    first = end
  }
  return frequent
}

function inWords(durationMs: number): string {
  for (const [unit, length] of [
    ['days', DAY],
    ['hours', HOUR],
    ['minutes', MINUTE],
  ] as const) {
    if (durationMs % length === 0) return `${durationMs / length} ${unit}`
  }
  return `${durationMs / SECOND} seconds`
}
