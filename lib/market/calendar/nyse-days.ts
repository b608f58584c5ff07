/**
 * Which dates the New York Stock Exchange trades on, and until when: its holidays and half days by rule
 * (NYSE rule 7.2 and its published holiday calendars), and the few closures that no rule produces.
 *
 * Invariants: valid from 2000 on; plain arithmetic on day numbers, no time zone, no clock.
 */

/** Days since 1970-01-01. */
export type DayNumber = number

/** Wall-clock times in New York, in minutes since midnight. */
export interface TradingDay {
  readonly opensAtMinute: number
  readonly closesAtMinute: number
}

const REGULAR_OPEN = 9 * 60 + 30
const REGULAR_CLOSE = 16 * 60
const HALF_DAY_CLOSE = 13 * 60

const [SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY] = [0, 1, 2, 3, 4, 5, 6] as const

/** No rule produces these. */
const ONE_OFF_CLOSURES: readonly string[] = [
  // the attacks of September 11
  '2001-09-11',
  '2001-09-12',
  '2001-09-13',
  '2001-09-14',
  // mourning for presidents Reagan and Ford
  '2004-06-11',
  '2007-01-02',
  // hurricane Sandy
  '2012-10-29',
  '2012-10-30',
  // mourning for presidents Bush and Carter
  '2018-12-05',
  '2025-01-09',
]
const ONE_OFF_HALF_DAYS: readonly string[] = ['2003-12-26']
/** The first anniversary of the attacks: opened at noon. */
const ONE_OFF_NOON_OPENINGS: readonly string[] = ['2002-09-11']

const closures = new Set(ONE_OFF_CLOSURES.map(dayNumberOf))
const halfDays = new Set(ONE_OFF_HALF_DAYS.map(dayNumberOf))
const noonOpenings = new Set(ONE_OFF_NOON_OPENINGS.map(dayNumberOf))

/** The day number of a date written `YYYY-MM-DD`; NaN for other text. */
export function dayNumberOf(date: string): DayNumber {
  return Date.parse(`${date}T00:00:00Z`) / 86_400_000
}

function dayNumber(year: number, month: number, day: number): DayNumber {
  return Date.UTC(year, month - 1, day) / 86_400_000
}

function weekdayOf(day: DayNumber): number {
  return (((day + 4) % 7) + 7) % 7
}

/** The opening and closing time of a date, or null when the exchange is closed all day. */
export function tradingDay(day: DayNumber): TradingDay | null {
  const weekday = weekdayOf(day)
  if (weekday === SATURDAY || weekday === SUNDAY) return null
  const year = new Date(day * 86_400_000).getUTCFullYear()
  if (closures.has(day) || holidaysOf(year).includes(day)) return null
  return {
    opensAtMinute: noonOpenings.has(day) ? 12 * 60 : REGULAR_OPEN,
    closesAtMinute: isHalfDay(day, year) ? HALF_DAY_CLOSE : REGULAR_CLOSE,
  }
}

function holidaysOf(year: number): readonly DayNumber[] {
  return [
    newYearsDay(year),
    // Martin Luther King's birthday, Washington's birthday
    nthWeekday(year, 1, MONDAY, 3),
    nthWeekday(year, 2, MONDAY, 3),
    easterSunday(year) - 2,
    // Memorial Day: the last Monday in May
    lastWeekdayBefore(dayNumber(year, 6, 1), MONDAY),
    // Juneteenth, observed by the exchange since 2022
    ...(year >= 2022 ? [nearestWeekday(dayNumber(year, 6, 19))] : []),
    nearestWeekday(dayNumber(year, 7, 4)),
    // Labor Day, Thanksgiving
    nthWeekday(year, 9, MONDAY, 1),
    thanksgiving(year),
    nearestWeekday(dayNumber(year, 12, 25)),
  ]
}

/**
 * A Sunday's is observed on Monday; a Saturday's is not observed at all, since the Friday before it ends an
 * accounting year (rule 7.2).
 */
function newYearsDay(year: number): DayNumber {
  const day = dayNumber(year, 1, 1)
  return weekdayOf(day) === SUNDAY ? day + 1 : day
}

function isHalfDay(day: DayNumber, year: number): boolean {
  // Christmas Eve; when it is the observed holiday or a weekend, it is not asked about
  if (day === thanksgiving(year) + 1 || day === dayNumber(year, 12, 24)) return true
  return day === independenceHalfDay(year) || halfDays.has(day)
}

/** The day before July 4; until 2012 the Friday after, when July 4 is a Thursday; null on weekends. */
function independenceHalfDay(year: number): DayNumber | null {
  const day = dayNumber(year, 7, 4)
  switch (weekdayOf(day)) {
    case TUESDAY:
    case WEDNESDAY:
    case FRIDAY:
      return day - 1
    case THURSDAY:
      return year >= 2013 ? day - 1 : day + 1
    default:
      return null
  }
}

function thanksgiving(year: number): DayNumber {
  return nthWeekday(year, 11, THURSDAY, 4)
}

/** A Saturday's holiday is observed on Friday, a Sunday's on Monday. */
function nearestWeekday(day: DayNumber): DayNumber {
  const weekday = weekdayOf(day)
  if (weekday === SATURDAY) return day - 1
  return weekday === SUNDAY ? day + 1 : day
}

function nthWeekday(year: number, month: number, weekday: number, n: number): DayNumber {
  const first = dayNumber(year, month, 1)
  return first + ((weekday - weekdayOf(first) + 7) % 7) + (n - 1) * 7
}

function lastWeekdayBefore(day: DayNumber, weekday: number): DayNumber {
  return day - 1 - ((weekdayOf(day - 1) - weekday + 7) % 7)
}

/** Gregorian computus (Meeus, Astronomical Algorithms, chapter 8). */
function easterSunday(year: number): DayNumber {
  const a = year % 19
  const b = Math.floor(year / 100)
  const c = year % 100
  const e = b % 4
  const g = Math.floor((8 * b + 13) / 25)
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30
  const l = (32 + 2 * e + 2 * Math.floor(c / 4) - h - (c % 4)) % 7
  const m = Math.floor((a + 11 * h + 19 * l) / 433)
  const month = Math.floor((h + l - 7 * m + 90) / 25)
  return dayNumber(year, month, (h + l - 7 * m + 33 * month + 19) % 32)
}
