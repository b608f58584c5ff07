/** Times with their age beside them, since the one is for looking up and the other for judging. */
import { formatInstant, type EpochMs, type Seconds } from '../../domain/time.ts'

/** Each unit and how many of it make it the one to say. */
const UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
]

/** `40 s`, `7 min`, `3 h`, `12 d`: whole units, rounded down; at least two of the next smaller one. */
export function durationText(seconds: Seconds): string {
  for (const [name, size] of UNITS) {
    if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${name}`
  }
  return `${Math.floor(seconds)} s`
}

/** `2026-02-10T15:00:00Z (5 min ago)`. */
export function withAge(at: EpochMs, now: EpochMs): string {
  const seconds = (now - at) / 1000
  return `${formatInstant(at)} (${seconds < 0 ? `in ${durationText(-seconds)}` : `${durationText(seconds)} ago`})`
}
