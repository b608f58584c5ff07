/**
 * A bar's time as files write it: ISO-8601, a date alone, a date and a time apart, or epoch seconds to nanoseconds.
 *
 * Invariants: what can be read in two ways is not read (day and month, a time without a zone) but refused with the option
 * that settles it; a date that does not exist is none.
 */
import { fromFields } from 'temporal-polyfill/fns/ZonedDateTime'
import { instantOfText } from '../../domain/instant-text.ts'
import { type EpochMs, asEpochMs, parseInstant } from '../../domain/time.ts'

/** Order of day and month where both are numbers: `31/12` or `12/31`. */
export type DateOrder = 'dmy' | 'mdy'

export interface TimeOptions {
  /** Of times without a zone, such as `America/New_York`; null: they are refused. */
  readonly timezone: string | null
  /** Null: as the file's dates tell, or refused. */
  readonly dateOrder: DateOrder | null
}

export interface WrittenTime {
  readonly kind: 'time'
  readonly at: EpochMs
  /** Midnight UTC of the date as it is written, where no time of day is written or midnight is; else null. */
  readonly day: EpochMs | null
}

export interface Unreadable {
  readonly kind: 'unreadable'
  readonly allowed: string
}

const DAY = 86_400_000
const ISO = /^(\d{4})[-/]?(\d{2})[-/]?(\d{2})(?:[T ](.+))?$/
const NUMBERS = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[T ,]+(.+))?$/
const MONTH_NAMED =
  /^(?:([A-Za-z]{3})[a-z]* (\d{1,2}),? (\d{4})|(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](\d{4}))$/
const CLOCK = /^(\d{1,2}):?(\d{2})(?::?(\d{2})(?:\.(\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/i
const EPOCH = /^-?\d{9,19}$/
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

const UNREADABLE: Unreadable = {
  kind: 'unreadable',
  allowed: 'an ISO-8601 time with a zone, a date, or epoch seconds or milliseconds',
}
const NO_ZONE: Unreadable = {
  kind: 'unreadable',
  allowed: 'a time with a zone; or say which with --timezone, such as --timezone America/New_York',
}
/** Of a date that the file's other dates may yet tell how to read. */
export const NO_ORDER: Unreadable = {
  kind: 'unreadable',
  allowed:
    'a date whose day and month can be told apart; or say which comes first with --date-order dmy or mdy',
}

/**
 * Makes a reader for one file. It keeps the zone's offset of each hour that it met, and the order of day and month that the first
 * date told that has only one; until then the others are NO_ORDER.
 */
export function timeReader({ timezone, dateOrder }: TimeOptions): (text: string) => WrittenTime | Unreadable {
  const offsets = new Map<number, number>()
  let orderOfAll = dateOrder

  /** The instant of a wall-clock time in the zone. */
  function inZone(wall: number, zone: string): EpochMs {
    const hour = Math.floor(wall / 3_600_000)
    let offset = offsets.get(hour)
    if (offset === undefined) {
      const start = new Date(hour * 3_600_000)
      const zoned = fromFields({
        timeZone: zone,
        year: start.getUTCFullYear(),
        month: start.getUTCMonth() + 1,
        day: start.getUTCDate(),
        hour: start.getUTCHours(),
      })
      offset = hour * 3_600_000 - zoned.epochMilliseconds
      offsets.set(hour, offset)
    }
    return asEpochMs(wall - offset)
  }

  function withClock(day: EpochMs, clock: string | undefined): WrittenTime | Unreadable {
    if (clock === undefined) return { kind: 'time', at: day, day }
    const time = CLOCK.exec(clock)
    if (time === null) return UNREADABLE
    const [, hours, minutes, seconds = '0', fraction = '', zone] = time
    if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return UNREADABLE
    const sinceMidnight =
      (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000 +
      Math.floor(Number(`0.${fraction || '0'}`) * 1000)
    const written = sinceMidnight === 0 ? day : null
    if (zone !== undefined) {
      return { kind: 'time', at: asEpochMs(day + sinceMidnight - offsetOf(zone)), day: written }
    }
    if (timezone !== null) return { kind: 'time', at: inZone(day + sinceMidnight, timezone), day: written }
    return written === null ? NO_ZONE : { kind: 'time', at: day, day }
  }

  return (text) => {
    const usual = ofUsual(text)
    if (usual !== null) return usual
    const iso = ISO.exec(text)
    if (iso !== null) return fromDate(iso[1], iso[2], iso[3], iso[4])
    if (EPOCH.test(text)) return ofEpoch(text)
    const numbers = NUMBERS.exec(text)
    if (numbers !== null) {
      const [, first, separator, second, year, clock] = numbers
      const told = separator === '.' || Number(first) > 12 ? 'dmy' : Number(second) > 12 ? 'mdy' : null
      orderOfAll ??= told
      const order = separator === '.' ? 'dmy' : orderOfAll
      if (order === null) return NO_ORDER
      return order === 'dmy' ? fromDate(year, second, first, clock) : fromDate(year, first, second, clock)
    }
    const [, monthFirst, dayAfter, yearLast, dayFirst, monthSecond, yearEnd] = MONTH_NAMED.exec(text) ?? []
    const month = MONTHS.indexOf((monthFirst ?? monthSecond ?? '').toLowerCase()) + 1
    return fromDate(yearLast ?? yearEnd, String(month), dayAfter ?? dayFirst, undefined)
  }

  function fromDate(year?: string, month?: string, day?: string, clock?: string): WrittenTime | Unreadable {
    const date = `${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}`
    const midnight = parseInstant(`${date}T00:00:00Z`)
    return midnight === null ? UNREADABLE : withClock(midnight, clock)
  }
}

function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? []
  if (sign === undefined) return 0
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000)
}

/** Most files write an instant in UTC to the second: the same answer as below, without patterns. Null for any other text. */
function ofUsual(text: string): WrittenTime | null {
  const at = instantOfText(text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text)
  if (Number.isNaN(at)) return null
  return { kind: 'time', at: asEpochMs(at), day: at % DAY === 0 ? asEpochMs(at) : null }
}

/** Seconds, milliseconds, microseconds or nanoseconds, as the number of digits tells. */
function ofEpoch(text: string): WrittenTime | Unreadable {
  const digits = text.replace('-', '').length
  const perMillisecond = digits <= 10 ? 0.001 : digits <= 13 ? 1 : digits <= 16 ? 1000 : 1_000_000
  const at = asEpochMs(Math.floor(Number(text) / perMillisecond))
  return { kind: 'time', at, day: at % DAY === 0 ? at : null }
}
