/**
 * What a bars file lacks: expected values are the NYSE's published hours around Thanksgiving 2013 (closed on 28 November, until 13:00 in
 * New York, 18:00 UTC, on the 29th), and what the test took away.
 */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { asDecimal, decimal } from '../../lib/domain/decimal.ts'
import { asEpochMs, formatInstant, instant } from '../../lib/domain/time.ts'
import type { Bar } from '../../lib/market/bars.ts'
import { BARS_HEADER, barLine } from '../../lib/market/bars-file/bar-lines.ts'
import { gapsOf } from '../../lib/market/bars-file/gaps.ts'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { createUsEquitiesCalendar } from '../../lib/market/calendar/us-equities.ts'

const SESSIONS = [
  ['2013-11-27T14:30:00Z', '2013-11-27T21:00:00Z'],
  ['2013-11-29T14:30:00Z', '2013-11-29T18:00:00Z'],
  ['2013-12-02T14:30:00Z', '2013-12-02T21:00:00Z'],
] as const
const PRICE = decimal('10')

function bar(symbol: string, startsAt: number): Bar {
  return {
    startsAt: asEpochMs(startsAt),
    symbol,
    open: PRICE,
    high: PRICE,
    low: PRICE,
    close: PRICE,
    volume: PRICE,
  }
}

function minutes(symbol: string, without: (at: string) => boolean = () => false): Bar[] {
  return SESSIONS.flatMap(([opensAt, closesAt]) => {
    const bars: Bar[] = []
    for (let at: number = instant(opensAt); at < instant(closesAt); at += 60_000) {
      if (!without(formatInstant(asEpochMs(at)))) bars.push(bar(symbol, at))
    }
    return bars
  })
}

const gaps = (bars: readonly Bar[]) => gapsOf(bars, createUsEquitiesCalendar())
const shown = (bars: readonly Bar[]) =>
  gaps(bars).map(({ symbol, gaps: own }) => [
    symbol,
    own.map(
      ({ kind, from, last, missing }) => `${kind} ${formatInstant(from)} ${formatInstant(last)} ${missing}`,
    ),
  ])

describe('gaps of minutes', () => {
  it('are none in whole sessions, half days and closed days included', () => {
    expect(gaps(minutes('AAPL'))).toEqual([
      {
        symbol: 'AAPL',
        timeframe: '1Min',
        bars: 990,
        expected: 990,
        gaps: [],
        outside: 0,
        earlyCloses: ['2013-11-29'],
      },
    ])
  })

  it('tell single minutes from pauses, and both from whole sessions', () => {
    const bars = [
      ...minutes('AAPL'),
      ...minutes('MSFT', (at) => at === '2013-11-27T15:00:00Z' || at.startsWith('2013-11-29')),
      ...minutes('PAUSED', (at) => at >= '2013-12-02T16:00:00Z' && at < '2013-12-02T16:05:00Z'),
    ]
    expect(shown(bars)).toEqual([
      ['AAPL', []],
      [
        'MSFT',
        [
          'bars 2013-11-27T15:00:00Z 2013-11-27T15:00:00Z 1',
          'sessions 2013-11-29T14:30:00Z 2013-11-29T17:59:00Z 210',
        ],
      ],
      ['PAUSED', ['pause 2013-12-02T16:00:00Z 2013-12-02T16:04:00Z 5']],
    ])
  })

  it('say when a symbol begins later than the file, and when it ends before it', () => {
    const bars = [
      ...minutes('AAPL'),
      ...minutes('GONE', (at) => at >= '2013-11-29T16:00:00Z'),
      ...minutes('NEW', (at) => at < '2013-12-02T15:00:00Z'),
    ]
    expect(shown(bars).slice(1)).toEqual([
      ['GONE', ['vanished 2013-11-29T16:00:00Z 2013-12-02T20:59:00Z 510']],
      ['NEW', ['late 2013-11-27T14:30:00Z 2013-12-02T14:59:00Z 630']],
    ])
  })

  it('count bars outside of sessions, after an early close too', () => {
    const early = [bar('AAPL', instant('2013-11-29T18:00:00Z')), bar('AAPL', instant('2013-12-02T13:00:00Z'))]
    const [found] = gaps([...minutes('AAPL'), ...early].sort((left, right) => left.startsAt - right.startsAt))
    expect(found).toMatchObject({ outside: 2, gaps: [], bars: 992 })
  })

  it('of coins are by the UTC day, which never ends', () => {
    const coins = Array.from({ length: 2 * 1440 }, (_, minute) =>
      bar('BTC/USD', instant('2013-11-28T00:00:00Z') + minute * 60_000),
    )
    expect(shown(coins)).toEqual([['BTC/USD', []]])
    expect(shown(coins.filter((_, index) => index !== 700))).toEqual([
      ['BTC/USD', ['bars 2013-11-28T11:40:00Z 2013-11-28T11:40:00Z 1']],
    ])
  })
})

describe('gaps of days', () => {
  it('are sessions without a bar', () => {
    const days = ['2013-11-25', '2013-11-26', '2013-11-27', '2013-12-02', '2013-12-03'].map((date) =>
      bar('AAPL', instant(`${date}T00:00:00Z`)),
    )
    expect(shown(days)).toEqual([['AAPL', ['sessions 2013-11-29T00:00:00Z 2013-11-29T00:00:00Z 1']]])
  })
})

describe('a bars file as it is written', () => {
  it('is read back as it was', () => {
    const units = fc.bigInt({ min: 1n, max: 10n ** 13n })
    const rows = fc.array(fc.tuple(units, units, units, units, units), { minLength: 2, maxLength: 20 })
    fc.assert(
      fc.property(rows, fc.boolean(), (amounts, isDaily) => {
        const written = amounts.map(([low, open, close, high, volume], index): Bar => {
          const first = instant('2013-11-25T00:00:00Z')
          return {
            startsAt: asEpochMs(first + index * (isDaily ? 86_400_000 : 60_000)),
            symbol: 'AAPL',
            low: asDecimal(low),
            open: asDecimal(low + open),
            close: asDecimal(low + close),
            high: asDecimal(low + open + close + high),
            volume: asDecimal(volume),
          }
        })
        const text = BARS_HEADER + written.map((one) => barLine(one, isDaily)).join('')
        expect(parseBars(text, 'written.csv')).toEqual(written)
      }),
    )
  })
})
