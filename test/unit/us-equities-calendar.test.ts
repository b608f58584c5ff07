/**
 * The exchange calendar against 21 years of recorded trading days and the exchange's published holidays and half
 * days.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { alwaysOpen } from '../../lib/market/calendar/exchange-calendar.ts'
import { createUsEquitiesCalendar } from '../../lib/market/calendar/us-equities.ts'
import { asEpochMs, formatInstant, instant } from '../../lib/domain/time.ts'
import type { Session } from '../../lib/domain/trading-calendar.ts'

const calendar = createUsEquitiesCalendar()
const day = (date: string): string | null => shown(calendar.sessionOn('SPY', date))
const shown = (session: Session | null): string | null =>
  session && `${formatInstant(session.opensAt)}/${formatInstant(session.closesAt)}`

function datesBetween(first: string, last: string): string[] {
  const dates: string[] = []
  for (let at = Date.parse(first); at <= Date.parse(last); at += 86_400_000) {
    dates.push(new Date(at).toISOString().slice(0, 10))
  }
  return dates
}

describe('the us_equities calendar', () => {
  it('has exactly the sessions that the S&P 500 has daily rows for, 2000 to 2020', () => {
    // the package exports no path to the file
    const file = new URL('../../node_modules/vega-datasets/data/sp500-2000.csv', import.meta.url)
    const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1)
    const traded = rows.map((row) => row.slice(0, 10))
    const sessions = datesBetween('2000-01-03', '2020-04-17').filter((date) => day(date) !== null)
    expect(traded).toHaveLength(5105)
    expect(sessions).toEqual(traded)
  })

  // NYSE's published holiday calendars
  it.each([
    ['2022', '01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26'],
    ['2023', '01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25'],
    ['2024', '01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25'],
    ['2025', '01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25'],
    ['2026', '01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25'],
    ['2027', '01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24'],
  ])('closes on the holidays of %s', (year, closed) => {
    const weekdays = datesBetween(`${year}-01-01`, `${year}-12-31`).filter(
      (date) => ![0, 6].includes(new Date(date).getUTCDay()),
    )
    expect(weekdays.filter((date) => day(date) === null)).toEqual(
      closed.split(' ').map((date) => `${year}-${date}`),
    )
  })

  it('does not observe a New Year’s Day that falls on a Saturday', () => {
    expect(day('2010-12-31')).toBe('2010-12-31T14:30:00Z/2010-12-31T21:00:00Z')
    expect(day('2011-01-03')).toBe('2011-01-03T14:30:00Z/2011-01-03T21:00:00Z')
  })

  // NYSE's announced early closes at 13:00, all of them in these years
  it.each([
    ['2000', '07-03 11-24'],
    ['2002', '07-05 11-29 12-24'],
    ['2003', '07-03 11-28 12-24 12-26'],
    ['2004', '11-26'],
    ['2007', '07-03 11-23 12-24'],
    ['2012', '07-03 11-23 12-24'],
    ['2013', '07-03 11-29 12-24'],
    ['2015', '11-27 12-24'],
    ['2019', '07-03 11-29 12-24'],
    ['2020', '11-27 12-24'],
    ['2024', '07-03 11-29 12-24'],
    ['2026', '11-27 12-24'],
    ['2027', '11-26'],
  ])('closes early on the half days of %s', (year, dates) => {
    const short = datesBetween(`${year}-01-01`, `${year}-12-31`).filter((date) => {
      const session = calendar.sessionOn('SPY', date)
      return session !== null && session.closesAt - session.opensAt === 3.5 * 3_600_000
    })
    expect(short).toEqual(dates.split(' ').map((date) => `${year}-${date}`))
  })

  it('follows New York’s clock through the changes of daylight saving time', () => {
    expect(day('2024-03-08')).toBe('2024-03-08T14:30:00Z/2024-03-08T21:00:00Z')
    expect(day('2024-03-11')).toBe('2024-03-11T13:30:00Z/2024-03-11T20:00:00Z')
    expect(day('2024-11-01')).toBe('2024-11-01T13:30:00Z/2024-11-01T20:00:00Z')
    expect(day('2024-11-04')).toBe('2024-11-04T14:30:00Z/2024-11-04T21:00:00Z')
    // before 2007 the change came on the first Sunday of April
    expect(day('2006-03-31')).toBe('2006-03-31T14:30:00Z/2006-03-31T21:00:00Z')
    expect(day('2006-04-03')).toBe('2006-04-03T13:30:00Z/2006-04-03T20:00:00Z')
  })

  it('opened at noon on the first anniversary of the attacks of September 11', () => {
    expect(day('2002-09-11')).toBe('2002-09-11T16:00:00Z/2002-09-11T20:00:00Z')
  })

  it.each([
    ['2024-07-05T13:29:59.999Z', false, 'before the opening bell'],
    ['2024-07-05T13:30:00Z', true, 'at the opening bell'],
    ['2024-07-05T19:59:59.999Z', true, 'just before the close'],
    ['2024-07-05T20:00:00Z', false, 'at the close'],
    ['2024-07-05T21:30:00Z', false, 'in the post-market'],
    ['2024-07-03T17:30:00Z', false, 'in the afternoon of a half day'],
    ['2024-07-06T15:00:00Z', false, 'on a Saturday'],
    ['2024-07-04T15:00:00Z', false, 'on a holiday'],
    ['2024-07-06T00:30:00Z', false, 'on the evening of a session, already tomorrow in UTC'],
  ])('at %s is open: %s (%s)', (at, open) => {
    expect(calendar.sessionAt('SPY', instant(at)) !== null).toBe(open)
  })

  it('finds the next session behind a weekend, a holiday and the current session', () => {
    const next = (at: string) => shown(calendar.nextSession('SPY', instant(at)))
    expect(next('2024-07-03T20:00:00Z')).toBe('2024-07-05T13:30:00Z/2024-07-05T20:00:00Z')
    expect(next('2024-07-05T13:30:00Z')).toBe('2024-07-08T13:30:00Z/2024-07-08T20:00:00Z')
    expect(next('2024-07-05T13:29:00Z')).toBe('2024-07-05T13:30:00Z/2024-07-05T20:00:00Z')
    expect(next('2001-09-10T20:00:00Z')).toBe('2001-09-17T13:30:00Z/2001-09-17T20:00:00Z')
  })

  it('is always open for crypto, and so is the `always` calendar for everything', () => {
    const christmas = instant('2024-12-25T03:00:00Z')
    expect(shown(calendar.sessionAt('BTC/USD', christmas))).toBe('2024-12-25T00:00:00Z/2024-12-26T00:00:00Z')
    expect(shown(alwaysOpen().sessionAt('SPY', christmas))).toBe('2024-12-25T00:00:00Z/2024-12-26T00:00:00Z')
    expect(shown(alwaysOpen().nextSession('SPY', christmas))).toBe(
      '2024-12-26T00:00:00Z/2024-12-27T00:00:00Z',
    )
  })

  it('answers for texts and instants that are no dates with "closed"', () => {
    expect(day('2024-13-45')).toBeNull()
    expect(calendar.sessionAt('SPY', asEpochMs(Number.NaN))).toBeNull()
  })
})
