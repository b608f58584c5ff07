/** The `always` calendar, and crypto's in every calendar: one session per UTC day, back to back. */
import { asEpochMs } from '../../domain/time.ts'
import type { Session } from '../../domain/trading-calendar.ts'
import type { ExchangeCalendar } from './exchange-calendar.ts'
import { dayNumberOf } from './nyse-days.ts'

const DAY_MS = 86_400_000

export function alwaysOpen(): ExchangeCalendar {
  return {
    sessionAt: (_symbol, at) => sessionOfDay(Math.floor(at / DAY_MS)),
    sessionOn: (_symbol, date) => sessionOfDay(dayNumberOf(date)),
    nextSession: (_symbol, after) => sessionOfDay(Math.floor(after / DAY_MS) + 1),
  }
}

function sessionOfDay(day: number): Session | null {
  if (!Number.isFinite(day)) return null
  return { opensAt: asEpochMs(day * DAY_MS), closesAt: asEpochMs((day + 1) * DAY_MS) }
}
