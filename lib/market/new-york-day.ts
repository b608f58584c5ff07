/** New York's calendar and clock, fast enough to ask for every bar. */
import type { EpochMs } from '../domain/time.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** How far New York's clock is ahead of UTC, in milliseconds, at noon of a UTC day (counted from 1970-01-01). */
export type NewYorkOffsets = (utcDay: number) => number

/**
 * Makes a function that looks the zone's offset up once per UTC day: it changes on Sundays before dawn only, when no exchange
 * is open, and by whole hours. The formatter is made when it is first asked.
 */
export function newYorkOffsets(): NewYorkOffsets {
  let hour: Intl.DateTimeFormat | null = null
  const offsets = new Map<number, number>()
  return (utcDay) => {
    let offset = offsets.get(utcDay)
    if (offset === undefined) {
      hour ??= new Intl.DateTimeFormat('en-US', {
        timeZone: 'America/New_York',
        hour: 'numeric',
        hourCycle: 'h23',
      })
      offset = (Number(hour.format(utcDay * DAY + 12 * HOUR)) - 12) * HOUR
      offsets.set(utcDay, offset)
    }
    return offset
  }
}

/** Makes a function that gives an instant's days since 1970-01-01 on New York's calendar. */
export function newYorkDays(): (at: EpochMs) => number {
  const offsetOf = newYorkOffsets()
  return (at) => Math.floor((at + offsetOf(Math.floor(at / DAY))) / DAY)
}
