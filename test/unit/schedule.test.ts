/** The schedule of bars on a laptop: when signals are shown, and at which prices orders are filled. */
import { describe, expect, it } from 'vitest'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { instant, formatInstant } from '../../lib/domain/time.ts'
import { packagedBars } from '../../lib/local/packaged-bars.ts'
import type { Step } from '../../lib/market/schedule.ts'
import { scheduleBars } from '../../lib/market/schedule-bars.ts'
import type { Bar } from '../../lib/market/bars.ts'

const calendar = createCalendar('us_equities')

function summary({ tickAt, signals, fillPrices }: Step) {
  return {
    tickAt: formatInstant(tickAt),
    signals: signals.map(({ symbol, eventTs }) => `${symbol} ${formatInstant(eventTs)}`),
    fillPrices: Object.fromEntries(fillPrices),
  }
}

describe('the schedule of the packaged daily bars', () => {
  const bars = packagedBars()
  const schedule = (from: string, to: string) => {
    const { steps, skipped } = scheduleBars(bars, calendar, { from, to })
    return { steps: [...steps], skipped }
  }

  it('shows a session after the next one has opened, and fills at that open or the close where there is none', () => {
    // 2009-08-07 is a Friday; the S&P 500 opened at 1008.89 on Monday, Apple closed at 164.72 that day.
    const [friday] = schedule('2009-08-07', '2009-08-07').steps.map(summary)
    expect(friday).toEqual({
      tickAt: '2009-08-10T13:31:00Z',
      signals: ['AAPL 2009-08-07T20:00:00Z', 'SPX 2009-08-07T20:00:00Z'],
      fillPrices: { AAPL: decimal('164.72'), SPX: decimal('1008.890015') },
    })
  })

  it('has no price for Apple on the missing day, whether or not the range goes on', () => {
    const whole = schedule('2009-08-10', '2009-08-14').steps.map(summary)
    expect(whole.map(({ fillPrices }) => Object.keys(fillPrices))).toEqual([
      ['SPX'],
      ['SPX', 'AAPL'],
      ['SPX', 'AAPL'],
      ['SPX', 'AAPL'],
      ['SPX', 'AAPL'],
    ])
    expect(whole[1]?.signals).toEqual(['SPX 2009-08-11T20:00:00Z'])
    expect(schedule('2009-08-10', '2009-08-10').steps.map(summary)).toEqual(whole.slice(0, 1))
  })

  it('reports the 14 rows on holidays and trades none of them', () => {
    const { steps, skipped } = schedule('2007-01-01', '2012-12-31')
    expect(skipped.map(({ symbol, date }) => `${symbol} ${date}`)).toEqual(
      [
        ['2008-11-27', '2008-12-25', '2009-01-01', '2009-04-10', '2009-07-03', '2009-11-26', '2009-12-25'],
        ['2010-01-01', '2010-01-18', '2010-02-15', '2010-04-02', '2010-05-31', '2010-07-05', '2010-09-06'],
      ]
        .flat()
        .map((date) => `AAPL ${date}`),
    )
    expect(
      steps
        .flatMap(({ signals }) => signals)
        .some(({ eventTs }) => eventTs === instant('2009-12-25T21:00:00Z')),
    ).toBe(false)
  })

  it('closes early on half days and follows daylight saving time', () => {
    expect(schedule('2009-11-27', '2009-11-27').steps.map(summary)[0]).toMatchObject({
      tickAt: '2009-11-30T14:31:00Z',
      signals: ['AAPL 2009-11-27T18:00:00Z', 'SPX 2009-11-27T18:00:00Z'],
    })
  })

  it('has warm indicators from its first day on', () => {
    const [step] = schedule('2009-08-07', '2009-08-07').steps
    expect(step?.signals.map(({ payload }) => typeof payload['macd_signal'])).toEqual(['string', 'string'])
  })
})

describe('the schedule of minute bars', () => {
  const bar = (startsAt: string, symbol: string, open: string, close: string): Bar => ({
    startsAt: instant(startsAt),
    symbol,
    open: decimal(open),
    high: null,
    low: null,
    close: decimal(close),
    volume: null,
  })

  it("ticks at the end of each bar and fills at the symbol's next open, never at a price already told", () => {
    const { steps } = scheduleBars(
      [
        bar('2013-10-04T14:00:00Z', 'SPY', '10', '11'),
        bar('2013-10-04T14:01:00Z', 'SPY', '12', '13'),
        bar('2013-10-04T14:04:00Z', 'SPY', '14', '15'),
        bar('2013-10-04T14:00:00Z', 'AIG', '50', '51'),
        bar('2013-10-04T14:04:00Z', 'AIG', '52', '53'),
        bar('2013-10-04T14:05:00Z', 'AIG', '54', '55'),
      ],
      calendar,
      { from: null, to: null },
    )
    expect([...steps].map(summary)).toEqual([
      {
        tickAt: '2013-10-04T14:01:00Z',
        signals: ['AIG 2013-10-04T14:01:00Z', 'SPY 2013-10-04T14:01:00Z'],
        fillPrices: { SPY: decimal('12') },
      },
      {
        tickAt: '2013-10-04T14:02:00Z',
        signals: ['SPY 2013-10-04T14:02:00Z'],
        fillPrices: { SPY: decimal('14'), AIG: decimal('52') },
      },
      {
        tickAt: '2013-10-04T14:05:00Z',
        signals: ['AIG 2013-10-04T14:05:00Z', 'SPY 2013-10-04T14:05:00Z'],
        fillPrices: { AIG: decimal('54') },
      },
      { tickAt: '2013-10-04T14:06:00Z', signals: ['AIG 2013-10-04T14:06:00Z'], fillPrices: {} },
    ])
  })
})

describe('the schedule of weeks and months', () => {
  const bar = (date: string, open: string, close: string): Bar => ({
    startsAt: instant(`${date}T00:00:00Z`),
    symbol: 'AAPL',
    open: decimal(open),
    high: null,
    low: null,
    close: decimal(close),
    volume: null,
  })
  const stepsOf = (bars: readonly Bar[]) =>
    [...scheduleBars(bars, calendar, { from: null, to: null }).steps].map(summary)

  it("knows a week at the close of its last session and fills at the next week's open, holidays on both ends", () => {
    // Good Friday was 29 March 2024, Memorial Day Monday 27 May.
    const weeks = [
      bar('2024-03-18', '10', '11'),
      bar('2024-03-25', '12', '13'),
      bar('2024-04-01', '14', '15'),
    ]
    expect(stepsOf(weeks)).toEqual([
      {
        tickAt: '2024-03-25T13:31:00Z',
        signals: ['AAPL 2024-03-22T20:00:00Z'],
        fillPrices: { AAPL: decimal('12') },
      },
      {
        tickAt: '2024-04-01T13:31:00Z',
        signals: ['AAPL 2024-03-28T20:00:00Z'],
        fillPrices: { AAPL: decimal('14') },
      },
      { tickAt: '2024-04-08T13:31:00Z', signals: ['AAPL 2024-04-05T20:00:00Z'], fillPrices: {} },
    ])
    const afterHoliday = [
      bar('2024-05-20', '1', '1'),
      bar('2024-05-28', '2', '2'),
      bar('2024-06-03', '3', '3'),
    ]
    expect(stepsOf(afterHoliday).map(({ signals }) => signals[0])).toEqual([
      'AAPL 2024-05-24T20:00:00Z',
      'AAPL 2024-05-31T20:00:00Z',
      'AAPL 2024-06-07T20:00:00Z',
    ])
  })

  it('knows a month at the close of its last session', () => {
    const months = [
      bar('2024-01-01', '10', '11'),
      bar('2024-02-01', '12', '13'),
      bar('2024-03-01', '14', '15'),
    ]
    expect(stepsOf(months)).toMatchObject([
      {
        tickAt: '2024-02-01T14:31:00Z',
        signals: ['AAPL 2024-01-31T21:00:00Z'],
        fillPrices: { AAPL: decimal('12') },
      },
      {
        tickAt: '2024-03-01T14:31:00Z',
        signals: ['AAPL 2024-02-29T21:00:00Z'],
        fillPrices: { AAPL: decimal('14') },
      },
      { tickAt: '2024-04-01T13:31:00Z', signals: ['AAPL 2024-03-28T20:00:00Z'] },
    ])
  })
})
