/** The exchange's calendar day of an instant, fast enough to ask for every bar. */
import type { EpochMs } from '../domain/time.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/**
 * Makes a function that gives days since 1970-01-01 on New York's calendar. It looks the zone's offset up
 * once per UTC day: it changes on Sundays before dawn only, when no exchange is open.
 */
export function newYorkDays(): (at: EpochMs) => number {
  const hour = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/New_York',
    hour: 'numeric',
    hourCycle: 'h23',
  })
  const offsets = new Map<number, number>()
  return (at) => {
    const utcDay = Math.floor(at / DAY)
    let offset = offsets.get(utcDay)
    if (offset === undefined) {
      offset = (Number(hour.format(utcDay * DAY + 12 * HOUR)) - 12) * HOUR
      offsets.set(utcDay, offset)
    }
    return Math.floor((at + offset) / DAY)
  }
}
