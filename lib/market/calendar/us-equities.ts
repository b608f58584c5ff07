/**
 * The `us_equities` calendar: regular sessions of the New York exchanges; pre- and post-market count as
 * closed, crypto pairs are always open (docs/architecture.md#calendar).
 *
 * Invariants: pure; a session never crosses midnight UTC, so an instant's UTC date is its New York trading
 * date and one zone conversion per date is enough. The conversions are kept in the calendar object.
 */
import { asEpochMs } from '../../domain/time.ts'
import { isCrypto } from '../../domain/symbol.ts'
import type { Session } from '../../domain/trading-calendar.ts'
import { type NewYorkOffsets, newYorkOffsets } from '../new-york-day.ts'
import { alwaysOpen, type ExchangeCalendar } from './exchange-calendar.ts'
import { type DayNumber, dayNumberOf, tradingDay } from './nyse-days.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
/** Longer than any closure of the exchange; ends the search for a next session. */
const LONGEST_CLOSURE_DAYS = 30

/** A calendar with an empty cache; keep one per process or cycle. */
export function createUsEquitiesCalendar(): ExchangeCalendar {
  const sessions = new Map<DayNumber, Session | null>()
  const crypto = alwaysOpen()
  const offsetOf = newYorkOffsets()

  function sessionOfDay(day: DayNumber): Session | null {
    let session = sessions.get(day)
    if (session === undefined) {
      session = computeSession(day, offsetOf)
      sessions.set(day, session)
    }
    return session
  }

  return {
    sessionAt(symbol, at) {
      if (isCrypto(symbol)) return crypto.sessionAt(symbol, at)
      const session = sessionOfDay(Math.floor(at / DAY_MS))
      return session !== null && at >= session.opensAt && at < session.closesAt ? session : null
    },
    sessionOn(symbol, date) {
      return isCrypto(symbol) ? crypto.sessionOn(symbol, date) : sessionOfDay(dayNumberOf(date))
    },
    nextSession(symbol, after) {
      if (isCrypto(symbol)) return crypto.nextSession(symbol, after)
      const today = Math.floor(after / DAY_MS)
      for (let day = today; day <= today + LONGEST_CLOSURE_DAYS; day += 1) {
        const session = sessionOfDay(day)
        if (session !== null && session.opensAt > after) return session
      }
      return null
    },
  }
}

function computeSession(day: DayNumber, offsetOf: NewYorkOffsets): Session | null {
  const hours = Number.isFinite(day) ? tradingDay(day) : null
  if (hours === null) return null
  const midnight = day * DAY_MS - offsetOf(day)
  return {
    opensAt: asEpochMs(midnight + hours.opensAtMinute * MINUTE_MS),
    closesAt: asEpochMs(midnight + hours.closesAtMinute * MINUTE_MS),
  }
}
