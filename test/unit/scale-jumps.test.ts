/** Bars that look as if a split lay between them. */
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { instant } from '../../lib/domain/time.ts'
import { seriesOf } from '../../lib/market/bar-series.ts'
import type { Bar } from '../../lib/market/bars.ts'
import { scaleJumps } from '../../lib/market/scale-jumps.ts'

const bar = (at: string, open: string | null, close: string, symbol = 'AAPL'): Bar => ({
  startsAt: instant(at),
  symbol,
  open: open === null ? null : decimal(open),
  high: null,
  low: null,
  close: decimal(close),
  volume: null,
})

describe('a change of scale', () => {
  it('is one of half as much again between the bars of two days, either way', () => {
    const days = ['2024-03-06', '2024-03-07', '2024-03-08', '2024-03-11'].map((day) => `${day}T00:00:00Z`)
    const [first = '', second = '', third = '', fourth = ''] = days
    const bars = [
      bar(first, '400', '404'),
      bar(second, '101', '100'), // 4:1
      bar(third, '148', '100'), // a jump of 48 %
      bar(fourth, null, '150'), // 2:3, of a file without opens
    ]
    expect(scaleJumps(seriesOf(bars))).toEqual([
      { symbol: 'AAPL', date: '2024-03-07', ratio: 0.25 },
      { symbol: 'AAPL', date: '2024-03-11', ratio: 1.5 },
    ])
  })

  it('is none within a day, nor of coins', () => {
    const halted = [bar('2024-03-06T15:00:00Z', '10', '10'), bar('2024-03-06T18:00:00Z', '20', '20')]
    const coins = halted.map((one, index) => ({
      ...one,
      startsAt: instant(`2024-03-0${index + 6}T15:00:00Z`),
      symbol: 'BTC/USD',
    }))
    expect(scaleJumps(seriesOf([...halted, ...coins]))).toEqual([])
    // the evening in New York is the same day there, and the next one in UTC
    expect(
      scaleJumps(
        seriesOf([bar('2024-03-06T20:59:00Z', '10', '10'), bar('2024-03-07T00:30:00Z', '20', '20')]),
      ),
    ).toEqual([])
  })
})
