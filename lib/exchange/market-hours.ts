/**
 * `GET /v2/clock` and `GET /v2/calendar`, from the sessions that the exchange has opened so far, and when an
 * exchange without an owner opens them. Pure.
 */
import { asEpochMs, formatInstant, plusSeconds, type EpochMs } from '../domain/time.ts'
import type { ExchangeCalendar } from '../market/calendar/exchange-calendar.ts'
import { dateOf } from '../market/bar-series.ts'
import type { ExchangeSession } from './model.ts'
import type { PaperExchange } from './paper-exchange.ts'

const DAY_SECONDS = 86_400

export function wireClock(sessions: readonly ExchangeSession[], alwaysOpen: boolean, now: EpochMs) {
  const last = sessions.at(-1)
  if (alwaysOpen || last === undefined) {
    const midnight = asEpochMs(Math.floor(now / 86_400_000) * 86_400_000 + 86_400_000)
    return clock(now, alwaysOpen, midnight, midnight)
  }
  const open = now >= last.opensAt && now < last.closesAt
  const days = now < last.opensAt ? 0 : 1
  return clock(now, open, weekday(last.opensAt, days), weekday(last.closesAt, open ? 0 : days))
}

/** Opens the day's session at the latest prices once its time has come, and fills what waited for it. */
export function keepHours(exchange: PaperExchange, calendar: ExchangeCalendar): void {
  const now = exchange.clock.now()
  const date = dateOf(now)
  const session = calendar.sessionOn('', date)
  if (session === null || now < session.opensAt || exchange.session?.date === date) return
  exchange.openSession({ date, ...session, prices: Object.fromEntries(exchange.state.prices) })
  exchange.fillPending()
}

/** The sessions from `start` to `end` (`YYYY-MM-DD`, inclusive, either may be absent). */
export function wireCalendar(sessions: readonly ExchangeSession[], start: string | null, end: string | null) {
  return sessions
    .filter(({ date }) => (start === null || date >= start) && (end === null || date <= end))
    .map(({ date, opensAt, closesAt }) => calendarDay(date, newYorkTime(opensAt), newYorkTime(closesAt)))
}

/** A year of open days from `start` on, or up to `end`, for an exchange that never closes. */
export function wireEveryDay(now: EpochMs, start: string | null, end: string | null) {
  const first = Date.parse(start ?? isoDate(now))
  const days = Array.from({ length: 366 }, (_, day) => isoDate(asEpochMs(first + day * DAY_SECONDS * 1000)))
  return days.filter((date) => end === null || date <= end).map((date) => calendarDay(date, '00:00', '23:59'))
}

function calendarDay(date: string, open: string, close: string) {
  return { date, open, close, session_open: '0400', session_close: '2000', settlement_date: date }
}

function isoDate(at: EpochMs): string {
  return formatInstant(at).slice(0, 10)
}

function clock(now: EpochMs, open: boolean, nextOpen: EpochMs, nextClose: EpochMs) {
  return {
    timestamp: formatInstant(now),
    is_open: open,
    next_open: formatInstant(nextOpen),
    next_close: formatInstant(nextClose),
  }
}

/** The same time of day `days` days later, moved on to Monday from a weekend. */
function weekday(at: EpochMs, days: number): EpochMs {
  let moved = plusSeconds(at, days * DAY_SECONDS)
  while ([0, 6].includes(new Date(moved).getUTCDay())) moved = plusSeconds(moved, DAY_SECONDS)
  return moved
}

const NEW_YORK = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'America/New_York',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
})

function newYorkTime(at: EpochMs): string {
  return NEW_YORK.format(at)
}
