/** A trading calendar that can also be asked by date and for what comes next, and the one that never closes. Pure. */
import { type EpochMs, asEpochMs } from '../../domain/time.ts'
import type { Session, TradingCalendar } from '../../domain/trading-calendar.ts'
import { dayNumberOf } from './nyse-days.ts'

export interface ExchangeCalendar extends TradingCalendar {
  /** The session of a trading date (`YYYY-MM-DD` at the exchange), or null when it is closed that day. */
  sessionOn(symbol: string, date: string): Session | null
  /** The first session that opens after the instant, or null when none is known. */
  nextSession(symbol: string, after: EpochMs): Session | null
}

const DAY_MS = 86_400_000

/** The `always` calendar, and crypto's in every calendar: one session per UTC day, back to back. */
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
