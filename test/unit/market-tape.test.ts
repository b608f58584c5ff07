/**
 * The tape of a market against the schedule of a backtest over the same bars: stepped from bar to bar it fills at the same prices, and shows
 * nothing early.
 */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { asDecimal, decimal } from '../../lib/domain/decimal.ts'
import { asEpochMs, instant } from '../../lib/domain/time.ts'
import { MarketTape } from '../../lib/exchange/market-data/market-tape.ts'
import { shiftedBars } from '../../lib/exchange/market-data/shifted-bars.ts'
import type { Bar } from '../../lib/market/bars.ts'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import { scheduleBars } from '../../lib/market/schedule-bars.ts'
import { HandClock } from '../support/hand-clock.ts'

const OPENING = instant('2013-10-01T13:30:00Z')
const calendar = createCalendar('us_equities')

interface Place {
  readonly symbol: string
  readonly minute: number
}

/** Minutes of three symbols, with holes; each bar's prices tell which it is. */
const markets = fc
  .array(fc.tuple(fc.constantFrom('AAA', 'BBB', 'CCC'), fc.integer({ min: 0, max: 40 })), {
    minLength: 6,
    maxLength: 80,
  })
  .map((places) => {
    const once = new Map<string, Place>(
      places.map(([symbol, minute]) => [`${symbol} ${minute}`, { symbol, minute }]),
    )
    // two in a row tell the timeframe
    for (const symbol of ['AAA', 'BBB', 'CCC']) {
      for (const minute of [50, 51]) once.set(`${symbol} ${minute}`, { symbol, minute })
    }
    return [...once.values()]
      .sort((left, right) => left.minute - right.minute)
      .map(({ symbol, minute }): Bar => {
        const price = asDecimal(BigInt(1 + minute) * 100_000_000n + BigInt(symbol.charCodeAt(0)))
        return {
          startsAt: asEpochMs(OPENING + minute * 60_000),
          symbol,
          open: asDecimal(price - 1n),
          high: asDecimal(price + 1n),
          low: asDecimal(price - 1n),
          close: price,
          volume: price,
        }
      })
  })

describe('a tape that is stepped from bar to bar', () => {
  it('opens at the prices at which a backtest fills', () => {
    fc.assert(
      fc.property(markets, (bars) => {
        const steps = [...scheduleBars(bars, calendar, { from: null, to: null }).steps]
        const clock = new HandClock(OPENING)
        const tape = new MarketTape({ bars, clock, calendar })
        const moments = []
        for (let next = tape.next(); next !== null; next = tape.next()) {
          clock.set(next)
          moments.push(next)
        }
        expect(moments).toEqual(steps.map(({ tickAt }) => tickAt))
        for (const [index, { tickAt, fillPrices, promptPrices }] of steps.slice(0, -1).entries()) {
          const until = moments[index + 1] ?? tickAt
          expect(new Map(tape.opens(tickAt, until))).toEqual(new Map(fillPrices))
          expect(new Map(tape.opens(tickAt, until, 60_000))).toEqual(new Map(promptPrices))
        }
      }),
    )
  })

  it('opens at no price of after the close, as no backtest deals at one', () => {
    // a Friday on which the session ends at 18:00; coins go on
    const [close, monday] = [instant('2024-11-29T18:00:00Z'), instant('2024-12-02T14:30:00Z')]
    const starts = [close - 60_000, close, close + 60_000, monday, monday + 60_000]
    const bars = ['AIG', 'BTC/USD'].flatMap((symbol) =>
      starts.map((at, index): Bar => {
        const price = decimal(index + 1)
        return {
          startsAt: asEpochMs(at),
          symbol,
          open: price,
          high: price,
          low: price,
          close: price,
          volume: null,
        }
      }),
    )
    const tape = new MarketTape({ bars, clock: new HandClock(close), calendar })
    const opens = (from: number, before: number) => [...tape.opens(asEpochMs(from), asEpochMs(before))]
    expect(opens(close - 60_000, close)).toEqual([
      ['AIG', decimal(1)],
      ['BTC/USD', decimal(1)],
    ])
    expect(opens(close, monday)).toEqual([['BTC/USD', decimal(2)]])
    expect(opens(close, monday + 1)).toEqual([
      ['AIG', decimal(4)],
      ['BTC/USD', decimal(2)],
    ])
  })

  it('shows exactly the bars that have ended', () => {
    fc.assert(
      fc.property(markets, fc.integer({ min: 0, max: 3_600_000 }), (bars, after) => {
        const clock = new HandClock(asEpochMs(OPENING + after))
        const tape = new MarketTape({ bars, clock, calendar })
        const shown = tape.symbols.flatMap((symbol) => {
          const series = tape.series(symbol)
          return series === undefined ? [] : series.bars.slice(0, tape.shown(series)).map(({ bar }) => bar)
        })
        const ended = bars.filter(({ startsAt }) => startsAt + 60_000 <= clock.now())
        expect(new Set(shown)).toEqual(new Set(ended))
      }),
    )
  })
})

describe('bars as if they were of today', () => {
  it('keep their distances, and begin where they are told to', () => {
    fc.assert(
      fc.property(markets, fc.integer({ min: 0, max: 10 ** 12 }), (bars, at) => {
        const now = asEpochMs(at)
        const from = bars[bars.length >> 1]?.startsAt ?? OPENING
        const shifted = shiftedBars(bars, from, now)
        const by = new Set(shifted.map(({ startsAt }, index) => startsAt - (bars[index]?.startsAt ?? 0)))
        expect(by.size).toBe(1)
        const first = Math.min(
          ...bars.filter(({ startsAt }) => startsAt >= from).map(({ startsAt }) => startsAt),
        )
        expect(first + ([...by][0] ?? 0)).toBe(Math.floor(now / 60_000) * 60_000)
      }),
    )
  })
})
