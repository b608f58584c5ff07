/** Where a series begins, and when it is worth asking for: without bars of before, and at any hour that something is traded at. */
import { describe, expect, it } from 'vitest'
import { formatInstant, instant } from '../../lib/domain/time.ts'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import { ONE_MINUTE } from '../../lib/market/timeframe.ts'
import { dueMoment } from '../../lib/series/closed-bars.ts'
import { warmUpStart } from '../../lib/series/warm-up-start.ts'

const calendar = createCalendar('us_equities')
const series = (symbol: string) => ({ symbol, timeframe: ONE_MINUTE })

describe('a series that begins without bars of before', () => {
  it.each(['15:01:00', '15:01:01.700', '15:01:59'])(
    'begins with the bar that has closed last, asked for at %s',
    (at) => {
      const from = warmUpStart(series('AAPL'), 0, calendar, instant(`2026-02-10T${at}Z`))
      expect(formatInstant(from)).toBe('2026-02-10T15:00:00Z')
    },
  )
})

describe('bars of a minute', () => {
  it.each(['00:01', '10:31', '13:31', '23:59'])('of coins are worth asking for at %s', (at) => {
    const now = instant(`2026-02-10T${at}:05Z`)
    expect(dueMoment(series('BTC/USD'), calendar, now)).toBe(instant(`2026-02-10T${at}:00Z`))
  })

  it.each([
    ['08:59', false],
    ['14:31', true],
    ['01:00', true],
    ['01:02', false],
  ])('of shares are worth asking for at %s in UTC: %s', (at, isDue) => {
    expect(dueMoment(series('AAPL'), calendar, instant(`2026-02-11T${at}:05Z`)) !== null).toBe(isDue)
  })
})
