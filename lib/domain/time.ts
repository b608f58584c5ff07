/**
 * Time as types. Instants are milliseconds since the Unix epoch, written as ISO-8601 UTC; durations are
 * seconds. Nothing here reads a clock: instants come in through the clock port.
 */
import { InvalidValueError } from './errors.ts'
import { daysInMonth, instantOfText, textOfInstant } from './instant-text.ts'

declare const epochMsBrand: unique symbol
/** An instant: milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number & { readonly [epochMsBrand]: true }

declare const monotonicMsBrand: unique symbol
/** A reading of the monotonic clock in milliseconds; only differences mean anything. */
export type MonotonicMs = number & { readonly [monotonicMsBrand]: true }

/** One moment on both clocks. Either may stand still or jump by itself: the monotonic one while a process is frozen. */
export interface Moment {
  readonly wall: EpochMs
  readonly monotonic: MonotonicMs
}

/** A duration in seconds. */
export type Seconds = number

const ISO_INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})[T ](?!24)\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/

export function asEpochMs(milliseconds: number): EpochMs {
  return milliseconds as EpochMs
}

export function asMonotonicMs(milliseconds: number): MonotonicMs {
  return milliseconds as MonotonicMs
}

/** The present moment of both clocks. */
export function momentOf(clock: { now(): EpochMs; monotonic(): MonotonicMs }): Moment {
  return { wall: clock.now(), monotonic: clock.monotonic() }
}

/**
 * How old a reading is in milliseconds: the larger of what the two clocks say. Infinite where the wall clock went
 * back, since nobody can tell then.
 */
export function ageOf({ readAt }: { readonly readAt: Moment }, at: Moment): number {
  const wall = at.wall - readAt.wall
  return wall < 0 ? Infinity : Math.max(wall, at.monotonic - readAt.monotonic)
}

/**
 * Reads an ISO-8601 instant with an explicit zone; null when it is not one. A day that its month does not have is
 * none: `Date.parse` would read 30 February as 1 March.
 */
export function parseInstant(text: string): EpochMs | null {
  const usual = instantOfText(text)
  if (!Number.isNaN(usual)) return asEpochMs(usual)
  const [, year, month, day] = ISO_INSTANT.exec(text) ?? []
  if (day === undefined || Number(day) > daysInMonth(Number(year), Number(month))) return null
  const milliseconds = Date.parse(text.replace(' ', 'T'))
  return Number.isNaN(milliseconds) ? null : asEpochMs(milliseconds)
}

/** As parseInstant. @throws InvalidValueError */
export function instant(text: string): EpochMs {
  const value = parseInstant(text)
  if (value === null) throw new InvalidValueError(`not an ISO-8601 instant: ${JSON.stringify(text)}`)
  return value
}

/** ISO-8601 UTC text; milliseconds appear only when they are not zero. */
export function formatInstant(at: EpochMs): string {
  return textOfInstant(at)
}

/** The instant `seconds` later (or earlier, if negative). */
export function plusSeconds(at: EpochMs, seconds: Seconds): EpochMs {
  return asEpochMs(at + seconds * 1000)
}

/** The start of the minute that holds the instant. */
export function floorToMinute(at: EpochMs): EpochMs {
  return asEpochMs(Math.floor(at / 60_000) * 60_000)
}
