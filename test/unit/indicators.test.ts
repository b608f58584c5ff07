/** Indicators over bars by their textbook definitions, worked examples and plain loops written here. */
import { readFileSync } from 'node:fs'
import { signalId } from '../../lib/domain/ids.ts'
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import type { Signal } from '../../lib/domain/signal.ts'
import { asEpochMs, instant } from '../../lib/domain/time.ts'
import type { Bar } from '../../lib/market/bars.ts'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import { signalsFromBars } from '../../lib/market/indicators.ts'
import { RECORDED_BARS, hasRecordedBars } from '../support/shared-folder.ts'

const MINUTE = 60_000
const calendar = createCalendar('us_equities')
const signalsOf = (made: readonly Bar[]) => signalsFromBars(made, calendar).signals

function bars(
  closes: readonly number[],
  spacingMs = MINUTE,
  symbol = 'SPY',
  first: number = instant('2013-10-04T13:30:00Z'),
): Bar[] {
  return closes.map((close, index) => ({
    startsAt: asEpochMs(first + index * spacingMs),
    symbol,
    open: decimal(close),
    high: decimal(close),
    low: decimal(close),
    close: decimal(close),
    volume: decimal(100),
  }))
}

function last(signals: readonly Signal[]): Signal['payload'] {
  return signals.at(-1)?.payload ?? {}
}

/** The textbook average: the first value seeds it. */
function exponentialAverage(values: readonly number[], length: number): number[] {
  const weight = 2 / (length + 1)
  const averages: number[] = []
  for (const value of values) averages.push(value * weight + (averages.at(-1) ?? value) * (1 - weight))
  return averages
}

describe('signals from bars', () => {
  it('carry the end of the bar, a number that follows from it, and the timeframe found from the spacing', () => {
    const signals = signalsOf([...bars([1, 2, 3]), ...bars([4, 5, 6], 5 * MINUTE, 'AIG')])
    expect(signals.map(({ eventTs, symbol, timeframe, seq }) => [eventTs, symbol, timeframe, seq])).toEqual([
      [instant('2013-10-04T13:31:00Z'), 'SPY', '1Min', 1_380_893_460],
      [instant('2013-10-04T13:32:00Z'), 'SPY', '1Min', 1_380_893_520],
      [instant('2013-10-04T13:33:00Z'), 'SPY', '1Min', 1_380_893_580],
      [instant('2013-10-04T13:35:00Z'), 'AIG', '5Min', 1_380_893_700],
      [instant('2013-10-04T13:40:00Z'), 'AIG', '5Min', 1_380_894_000],
      [instant('2013-10-04T13:45:00Z'), 'AIG', '5Min', 1_380_894_300],
    ])
  })

  it('have one identity, whichever window of bars they come in', () => {
    const closes = Array.from({ length: 60 }, (_, index) => 100 + Math.sin(index))
    const whole = signalsOf(bars(closes))
    const later = signalsOf(bars(closes).slice(20))
    expect(later.map(signalId)).toEqual(whole.slice(20).map(signalId))
    expect(new Set(whole.map(signalId)).size).toBe(60)
  })

  it('see daily bars through weekends', () => {
    const day = 1440 * MINUTE
    const week = bars(
      [1, 2, 3, 4, 5, 0, 0, 6, 7].map((close) => close + 1),
      day,
    )
    expect(signalsOf(week.filter((_, index) => index !== 5 && index !== 6))[0]?.timeframe).toBe('1Day')
  })

  it('leave out what has not seen enough bars yet', () => {
    const names = signalsOf(bars(Array.from({ length: 61 }, (_, index) => 100 + (index % 7)))).map(
      ({ payload }) => Object.keys(payload),
    )
    const since = (name: string) => names.findIndex((present) => present.includes(name)) + 1
    expect({
      price: since('price'),
      ema12: since('ema12'),
      rsi14: since('rsi14'),
      boll_mid: since('boll_mid'),
      ema26: since('ema26'),
      macd: since('macd'),
      macd_signal: since('macd_signal'),
      vol_realized_w60s: since('vol_realized_w60s'),
      vwap_session: since('vwap_session'),
    }).toEqual({
      price: 1,
      ema12: 12,
      rsi14: 15,
      boll_mid: 20,
      ema26: 26,
      macd: 34,
      macd_signal: 34,
      vol_realized_w60s: 61,
      vwap_session: 1,
    })
  })

  it('have the RSI of the worked example every textbook prints (StockCharts, 70.53)', () => {
    const closes = [
      44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.1, 45.42, 45.84, 46.08, 45.89, 46.03, 45.61, 46.28, 46.28,
    ]
    // From closes of four digits. These have two: gains 3.34, losses 1.40, 100 - 100 / (1 + 3.34 / 1.40).
    expect(Number(last(signalsOf(bars(closes)))['rsi14'])).toBeCloseTo(70.464, 3)
  })

  it('have Bollinger bands of 20 bars and two standard deviations', () => {
    const payload = last(signalsOf(bars(Array.from({ length: 20 }, (_, index) => index + 1))))
    // Mean of 1..20 is 10.5, its variance (20² - 1) / 12 = 33.25.
    expect(payload['boll_mid']).toBe('10.5')
    expect(Number(payload['boll_upper'])).toBeCloseTo(10.5 + 2 * Math.sqrt(33.25), 7)
    expect(Number(payload['boll_lower'])).toBeCloseTo(10.5 - 2 * Math.sqrt(33.25), 7)
  })

  it('have a MACD of 12, 26 and 9 bars by its definition', () => {
    const closes = Array.from({ length: 80 }, (_, index) => 100 + 10 * Math.sin(index / 5))
    const payload = last(signalsOf(bars(closes.map((close) => Math.round(close * 100) / 100))))
    const rounded = closes.map((close) => Math.round(close * 100) / 100)
    const long = exponentialAverage(rounded, 26)
    const line = exponentialAverage(rounded, 12).map((short, index) => short - (long[index] ?? 0))
    const signal = exponentialAverage(line.slice(25), 9).at(-1) ?? 0
    expect(Number(payload['macd'])).toBeCloseTo(line.at(-1) ?? 0, 7)
    expect(Number(payload['macd_signal'])).toBeCloseTo(signal, 7)
    expect(Number(payload['macd_hist'])).toBeCloseTo((line.at(-1) ?? 0) - signal, 7)
  })

  it('have volume-weighted prices of the session and of five minutes', () => {
    const six = bars([10, 20, 30, 40, 50, 60])
    const nextDay = bars([0.5, 70], 1440 * MINUTE).slice(1)
    const signals = signalsOf([...six, ...nextDay])
    expect(signals[5]?.payload).toMatchObject({ vwap_session: '35', vwap_w5m: '40' })
    expect(signals[6]?.payload).toMatchObject({ vwap_session: '70', vwap_w5m: '70' })
  })

  it.each([
    // clocks went forward on 10 March and back on 3 November 2024: New York opens at 14:30, then at 13:30 UTC, and again
    ['winter', 'SPY', '2024-03-08T14:27:00Z', 3],
    ['the Monday after clocks went forward', 'SPY', '2024-03-11T13:27:00Z', 3],
    ['the Monday after they went back', 'SPY', '2024-11-04T14:27:00Z', 3],
    ['coins, by the UTC day, on the Sunday itself', 'BTC/USD', '2024-03-09T23:57:00Z', 3],
    ['coins, in the night that New York still calls yesterday', 'BTC/USD', '2024-03-10T04:57:00Z', null],
  ])('begin the VWAP of the session anew when the calendar says so: %s', (_what, symbol, from, opensAt) => {
    const made = bars([10, 20, 30, 40, 50], MINUTE, symbol, instant(from))
    const means = signalsOf(made).map(({ payload }) => payload['vwap_session'])
    expect(means).toEqual(opensAt === null ? ['10', '15', '20', '25', '30'] : ['10', '15', '20', '40', '45'])
  })

  it('call the RSI of a price that never moved 100', () => {
    expect(last(signalsOf(bars(Array.from({ length: 30 }, () => 7))))['rsi14']).toBe('100')
  })

  it.skipIf(!hasRecordedBars)('do not depend on later bars', () => {
    const real = parseBars(readFileSync(RECORDED_BARS, 'utf8'), RECORDED_BARS)
    const all = signalsOf(real)
    const until = all[3000]?.eventTs ?? 0
    const part = signalsOf(real.filter((bar) => bar.startsAt < until))
    expect(part).toEqual(all.filter((signal) => signal.eventTs <= until))
  })
})
