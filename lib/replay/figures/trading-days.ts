/**
 * The days that figures are made of (docs/backtest.md#figures). A day is one of New York's calendar: what is dealt there after
 * 19:00 or 20:00 has the next day's date in UTC, which for a Friday evening is no trading day at all.
 */
import { textOfDate } from '../../domain/instant-text.ts'
import { asEpochMs } from '../../domain/time.ts'
import { newYorkDays } from '../../market/new-york-day.ts'

const DAY = 86_400_000

/** As empyrical's ANNUALIZATION_FACTORS; what closes on weekends as well closes on each day of the year. */
const A_YEAR = { eachDay: 365, weekdays: 252, weeks: 52, months: 12, quarters: 4, years: 1 } as const

/** Makes a function that gives an instant's date as the midnight in UTC that begins it, in milliseconds. */
export function tradingDays(): (at: number) => number {
  const dayOf = newYorkDays()
  return (at) => dayOf(asEpochMs(at)) * DAY
}

/** `2013-10-04` */
export function tradingDate(day: number): string {
  return textOfDate(day)
}

/** How many closes like these there are in a year. @param days ascending, as `tradingDays` gives them */
export function closesAYear(days: readonly number[]): number {
  const steps = days.slice(1).map((day, index) => (day - (days[index] ?? day)) / DAY)
  const usual = steps.toSorted((left, right) => left - right)[Math.floor(steps.length / 2)] ?? 1
  if (usual > 300) return A_YEAR.years
  if (usual > 80) return A_YEAR.quarters
  if (usual > 20) return A_YEAR.months
  if (usual > 4) return A_YEAR.weeks
  return days.some(isWeekend) ? A_YEAR.eachDay : A_YEAR.weekdays
}

function isWeekend(day: number): boolean {
  return new Date(day).getUTCDay() % 6 === 0
}
