/**
 * The figures of a run: an equity curve beside what empyrical-reloaded 0.5 makes of it (run once by hand over the same
 * closes, values pinned), trades by hand.
 */
import { describe, expect, it } from 'vitest'
import { type EpochMs, instant, plusSeconds } from '../../lib/domain/time.ts'
import { equityFigures } from '../../lib/replay/figures/equity-figures.ts'
import { priceHistories } from '../../lib/replay/figures/price-history.ts'
import { runFigures } from '../../lib/replay/figures/run-figures.ts'
import { exposureOf, roundTripsOf, tradeFigures, type Trade } from '../../lib/replay/figures/trade-figures.ts'

const day = (number: number) => instant(`2024-03-${String(number).padStart(2, '0')}T15:00:00Z`)
const CLOSES = [100_000, 101_000, 100_500, 102_300, 99_800, 98_700, 99_900, 103_100, 102_950, 104_020]
/** The curve's days: Monday to Friday, and the next week. */
const weekday = (index: number) =>
  instant(`2024-04-${String(index < 5 ? index + 1 : index + 3).padStart(2, '0')}T15:00:00Z`)
const curveOn = (at: (index: number) => EpochMs) => CLOSES.map((equity, index) => ({ at: at(index), equity }))
const curve = curveOn(weekday)

describe('an equity curve', () => {
  const figures = equityFigures(curve)

  it('has the figures that empyrical gives', () => {
    expect(figures.days).toBe(10)
    expect(figures.totalReturn).toBeCloseTo(0.0402, 10)
    expect(figures.annualReturn).toBeCloseTo(1.6998808958583398, 10)
    expect(figures.annualVolatility).toBeCloseTo(0.25282808586414063, 10)
    expect(figures.sharpe).toBeCloseTo(4.04954939766726, 10)
    expect(figures.sortino).toBeCloseTo(7.470674384603894, 9)
    expect(figures.calmar).toBeCloseTo(48.304948790641035, 8)
    expect(figures.drawdown.depth).toBeCloseTo(0.03519061583577721, 12)
  })

  // with `annualization=365`, `period='weekly'` and `period='monthly'`
  it.each([
    [
      'each day, weekends too',
      (index: number) => day(index + 1),
      [3.214683863971377, 0.3042786484381643, 4.873633454504359, 8.990958013621931, 91.3505998011864],
    ],
    [
      'each week',
      (index: number) => plusSeconds(instant('2024-01-05T21:00:00Z'), index * 7 * 86_400),
      [0.22746075937818322, 0.11484886777381584, 1.8395351992900852, 3.3936043602357486, 6.46367657899669],
    ],
    [
      'each month',
      (index: number) => instant(`2024-${String(index + 1).padStart(2, '0')}-28T21:00:00Z`),
      [
        0.048431882707343776, 0.055171611489677086, 0.8836841259653831, 1.6302348028483329,
        1.3762726669336822,
      ],
    ],
  ] as const)('is brought to a year by how often it closes: %s', (_, at, expected) => {
    const { annualReturn, annualVolatility, sharpe, sortino, calmar } = equityFigures(curveOn(at))
    expect([annualReturn, annualVolatility, sharpe, sortino, calmar]).toEqual(
      expected.map((value) => expect.closeTo(value, 8)),
    )
  })

  it('has the dates of New York, in winter and in summer', () => {
    const late = [
      '2024-03-09T00:59:00Z',
      '2024-03-12T00:00:00Z',
      '2024-03-12T03:59:00Z',
      '2024-03-12T04:00:00Z',
    ]
    const points = late.map((text, index) => ({ at: instant(text), equity: 100 - index }))
    expect(equityFigures(points)).toMatchObject({
      days: 3,
      drawdown: { from: '2024-03-08', to: '2024-03-12', recovered: null },
    })
  })

  it('names the days of its deepest fall', () => {
    expect(figures.drawdown).toMatchObject({ from: '2024-04-04', to: '2024-04-08', recovered: '2024-04-10' })
  })

  it('takes the last value of a day, whatever was before', () => {
    const within = [
      { at: weekday(0), equity: 100_000 },
      ...curve.map(({ at, equity }) => ({ at: at + 1, equity })),
    ]
    const noisy = within.flatMap((point) => [{ at: point.at - 1000, equity: 1 }, point])
    expect(equityFigures([{ at: weekday(0) - 5000, equity: 100_000 }, ...noisy])).toEqual(figures)
  })

  it('that never fell or never moved has no ratio for it', () => {
    const rising = equityFigures([1, 2, 3].map((equity, index) => ({ at: day(index + 1), equity })))
    expect(rising).toMatchObject({ sortino: null, calmar: null, drawdown: { depth: 0, from: null } })
    expect(equityFigures([{ at: day(1), equity: 5 }])).toMatchObject({
      totalReturn: 0,
      sharpe: null,
      days: 1,
    })
  })
})

const trade = (
  on: number,
  symbol: string,
  side: 'buy' | 'sell',
  quantity: number,
  price: number,
  fee = 0,
): Trade => ({
  at: day(on),
  symbol,
  side,
  quantity,
  price,
  limit: null,
  decision: null,
  fee,
  strategies: ['one'],
})

describe('trades', () => {
  const trades = [
    trade(1, 'A', 'buy', 10, 100, 1), // -1001
    trade(2, 'B', 'sell', 5, 50, 1), // short: +249
    trade(3, 'A', 'buy', 10, 110, 1), // -1101
    trade(5, 'A', 'sell', 20, 108, 2), // +2158: the trip makes 56 in 4 days
    trade(6, 'B', 'buy', 5, 60, 1), // -301: the trip loses 52 in 4 days
    trade(8, 'A', 'buy', 1, 100, 0), // stays open
  ]

  it('make round trips from nothing to nothing, long and short, fees included', () => {
    expect(roundTripsOf(trades)).toEqual([
      { symbol: 'A', openedAt: day(1), closedAt: day(5), profit: 56, closedBy: trades[3] },
      { symbol: 'B', openedAt: day(2), closedAt: day(6), profit: -52, closedBy: trades[4] },
    ])
    expect(tradeFigures(trades)).toEqual({
      trades: 6,
      roundTrips: 2,
      winRate: 0.5,
      profitFactor: 56 / 52,
      averageWin: 56,
      averageLoss: 52,
      averageHoldingDays: 4,
      volume: 1000 + 250 + 1100 + 2160 + 300 + 100,
      fees: 6,
    })
  })

  it('tell how long something was held', () => {
    // from the 1st to the 6th, and from the 8th to the end on the 11th
    expect(exposureOf(trades, day(1), day(11))).toBeCloseTo(0.8, 12)
    expect(exposureOf([], day(1), day(11))).toBe(0)
  })

  it('stand beside buying and holding the same symbols', () => {
    const history = (symbol: string, from: number, to: number) => [
      { at: day(1) - 1, symbol, price: from },
      { at: day(10), symbol, price: to },
    ]
    const prices = priceHistories([
      ...history('A', 100, 120),
      ...history('B', 50, 40),
      ...history('C', 10, 13),
    ])
    const figures = runFigures(curve, trades, prices)
    expect(figures.buyAndHold).toBeCloseTo((0.2 - 0.2 + 0.3) / 3, 12)
    expect(figures.bySymbol.map(({ symbol, profit, buyAndHold }) => [symbol, profit, buyAndHold])).toEqual([
      // 56 of the round trip and 20 of the share that is still held
      ['A', 76, expect.closeTo(0.2, 12)],
      ['B', -52, expect.closeTo(-0.2, 12)],
    ])
  })
})
