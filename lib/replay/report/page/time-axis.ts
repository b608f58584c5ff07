/** What stands below a chart: days with their month, and times of day where points lie within days. */
import { TickMarkType, type Time, type UTCTimestamp } from 'lightweight-charts'
import type { DataPoint } from '../report-data.ts'

const DAY = 86_400
/** Enough to see how far apart points lie. */
const LOOKED_AT = 100

export function isWithinDays(points: readonly DataPoint[]): boolean {
  return points.slice(1, LOOKED_AT).some(([at], index) => at - (points[index]?.[0] ?? at) < DAY / 2)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A day with its month, for a run within one month says that nowhere else. */
export function tickText(time: Time, kind: TickMarkType): string {
  const text = new Date((time as UTCTimestamp) * 1000).toISOString()
  const month = MONTHS[Number(text.slice(5, 7)) - 1] ?? ''
  if (kind === TickMarkType.Year) return text.slice(0, 4)
  if (kind === TickMarkType.Month) return month
  return kind === TickMarkType.DayOfMonth ? `${Number(text.slice(8, 10))} ${month}` : text.slice(11, 16)
}
