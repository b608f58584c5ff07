/** Figures where they are easily wrong: debts, total loss, gains beyond any number, positions through nothing. Worked by hand. */
import { describe, expect, it } from 'vitest'
import { instant } from '../../lib/domain/time.ts'
import { equityFigures, type EquityValue } from '../../lib/replay/figures/equity-figures.ts'
import { priceHistories } from '../../lib/replay/figures/price-history.ts'
import { runFigures } from '../../lib/replay/figures/run-figures.ts'
import {
  exposureOf,
  positionsAfter,
  roundTripsOf,
  type Trade,
  tradeFigures,
} from '../../lib/replay/figures/trade-figures.ts'
import { fc } from '../support/properties.ts'

/** Monday, the 1st of April 2024, and the days after it, at noon of New York. */
const day = (number: number) => instant(`2024-04-${String(number).padStart(2, '0')}T16:00:00Z`)
const closes = (...equities: readonly number[]): EquityValue[] =>
  equities.map((equity, index) => ({ at: day(index + 1), equity }))

describe('an account that loses all it had', () => {
  it('is in debt: its return and its fall are told, and no figure made of returns on a debt', () => {
    // 1000, and 3000 lost, 3000 more, 2500 won back: -2.5 of the start, 6 of the peak, and no power of -2.5
    expect(equityFigures(closes(1000, 1000, -2000, -5000, -2500))).toEqual({
      days: 5,
      years: 5 / 252,
      totalReturn: -3.5,
      annualReturn: null,
      annualVolatility: null,
      sharpe: null,
      sortino: null,
      calmar: null,
      drawdown: { depth: 6, from: '2024-04-02', to: '2024-04-04', recovered: null },
    })
  })

  it('and ends with nothing has lost all of it a year, too', () => {
    // returns 0 and -1: mean -0.5, sample deviation and downside deviation both the root of a half
    const root = Math.sqrt(252)
    expect(equityFigures(closes(1000, 0))).toMatchObject({
      totalReturn: -1,
      annualReturn: -1,
      annualVolatility: expect.closeTo(root * Math.SQRT1_2, 10),
      sharpe: expect.closeTo(-root * Math.SQRT1_2, 10),
      sortino: expect.closeTo(-root * Math.SQRT1_2, 10),
      calmar: -1,
    })
  })

  it('is dealt in over no average equity', () => {
    const owing = runFigures(closes(1000, -2000, -2000), [trade(1, 'sell', 5, 200)], [])
    expect(owing.turnover).toBeNull()
    // an average of 500, 1000 dealt, in three of 252 days: twice the equity in that time, 168 times a year
    expect(runFigures(closes(1000, 0, 500), [trade(1, 'sell', 5, 200)], []).turnover).toBeCloseTo(168, 10)
  })
})

describe('what a year would bring', () => {
  it('is not told of a gain that no number holds', () => {
    // 22 times in one day is 22 to the power of 252 a year, about 10 to the 338th
    const within = [100, 2200].map((equity, index) => ({ at: day(1) + index, equity }))
    expect(equityFigures(within)).toMatchObject({
      days: 1,
      totalReturn: 21,
      annualReturn: null,
      calmar: null,
    })
  })

  it.each([
    ['quarters', ['2023-01-03', '2023-04-03', '2023-07-03', '2023-10-02', '2024-01-02'], 5 / 4],
    ['years', ['2020-01-02', '2021-01-04', '2022-01-03', '2023-01-03'], 4],
  ])('follows how often it closes, by %s too', (_, dates, years) => {
    const points = dates.map((date, index) => ({ at: instant(`${date}T15:00:00Z`), equity: 100 + index }))
    expect(equityFigures(points).years).toBeCloseTo(years, 12)
  })
})

const trade = (
  on: number,
  side: 'buy' | 'sell',
  quantity: number,
  price: number,
  fee = 0,
  symbol = 'A',
): Trade => ({ at: day(on), symbol, side, quantity, price, fee, limit: null, decision: null, strategies: [] })

describe('a round trip', () => {
  it('ends where a trade takes the position through nothing, and the next begins there', () => {
    const through = trade(2, 'sell', 15, 110, 3)
    const last = trade(4, 'buy', 5, 100, 1)
    // ten of the fifteen end the first: -1001 + 1100 - 2 = 97; five begin the second: 550 - 1 - 501 = 48
    expect(roundTripsOf([trade(1, 'buy', 10, 100, 1), through, last])).toEqual([
      { symbol: 'A', openedAt: day(1), closedAt: day(2), profit: 97, closedBy: through },
      { symbol: 'A', openedAt: day(2), closedAt: day(4), profit: 48, closedBy: last },
    ])
    expect(positionsAfter([trade(1, 'buy', 10, 100), through])).toEqual(new Map([['A', -5]]))
    // what is held is held all the while
    expect(exposureOf([trade(1, 'buy', 10, 100), through, last], day(1), day(5))).toBe(0.75)
  })

  it('in parts, short, pays each fee once', () => {
    // +500 -1, +612 -1, -330 -1, -750 -2: 27
    const parts = [
      trade(1, 'sell', 5, 100, 1),
      trade(2, 'sell', 6, 102, 1),
      trade(3, 'buy', 3, 110, 1),
      trade(5, 'buy', 8, 93.75, 2),
    ]
    expect(tradeFigures(parts)).toMatchObject({
      roundTrips: 1,
      winRate: 1,
      averageWin: 27,
      profitFactor: null,
    })
    expect(tradeFigures(parts)).toMatchObject({ averageHoldingDays: 4, fees: 5, volume: 2192 })
  })

  it('that brought back what it cost is neither won nor lost, however its doubles round', () => {
    // in doubles these leave 9e-13 dollars
    const even = [28, 6, 12].map((quantity, index) => trade(index + 1, 'buy', quantity, 154.17))
    const figures = tradeFigures([...even, trade(5, 'sell', 46, 154.17)])
    expect(figures).toMatchObject({ roundTrips: 1, winRate: 0, averageWin: null, profitFactor: null })
  })

  it('ends with the last of hundreds of millions of coins', () => {
    // in doubles these leave 1.2e-7 coins
    const coins = [300430571.3577323, 146973331.04954815, 256412946.11589977]
    const trades = coins.map((quantity, index) => trade(index + 1, 'buy', quantity, 0.00002))
    const all = [...trades, trade(5, 'sell', 703816848.5231801, 0.00003)]
    expect(roundTripsOf(all).map(({ profit }) => profit)).toEqual([expect.closeTo(7038.16848523, 6)])
    expect(positionsAfter(all)).toEqual(new Map())
    expect(exposureOf(all, day(1), day(9))).toBe(0.5)
    // and a coin of them that stays is held
    const most = [...trades, trade(5, 'sell', 703816847.5231801, 0.00003)]
    expect(positionsAfter(most).get('A')).toBeCloseTo(1, 6)
  })
})

describe('what was held when a report began', () => {
  // ten shares, worth 100 each then; four sold at 110, six at 120: 440 + 720 - 1000 - 1 of fees = 159
  const before: Trade = { ...trade(1, 'buy', 10, 100), wasHeld: true }
  const sold = [trade(2, 'sell', 4, 110), trade(4, 'sell', 6, 120, 1)]

  it('is no trade, and no short sale when it is sold', () => {
    const figures = tradeFigures([before, ...sold])
    expect(figures).toMatchObject({ trades: 2, volume: 1160, fees: 1, roundTrips: 1, averageWin: 159 })
    expect(positionsAfter([before, ...sold.slice(0, 1)])).toEqual(new Map([['A', 6]]))
    expect(exposureOf([before, ...sold], day(1), day(5))).toBe(0.75)
  })

  it('has its part in what its symbol came to', () => {
    const prices = [100, 110, 115, 120].map((price, index) => ({
      at: day(index + 1) - 1,
      symbol: 'A',
      price,
    }))
    const [part] = runFigures(closes(1000, 1000), [before, ...sold], priceHistories(prices)).bySymbol
    expect(part).toMatchObject({ symbol: 'A', profit: 159, trades: 2 })
  })
})

describe('every figure', () => {
  it('of an account that did nothing is nothing, or none', () => {
    const figures = runFigures(closes(1000), [], [])
    expect(figures).toMatchObject({ exposure: 0, turnover: 0, buyAndHold: null, benchmark: null })
    expect(figures.equity).toMatchObject({ totalReturn: 0, annualReturn: 0, sharpe: null, calmar: null })
    expect(figures.trades).toMatchObject({ winRate: null, profitFactor: null, averageHoldingDays: null })
    expect(runFigures([], [], []).equity).toMatchObject({ days: 0, annualReturn: null })
  })

  it('is a number that JSON can write, or null, whatever an account came to', () => {
    const amount = fc.constantFrom(-5e6, -1000, -0.01, 0, 1e-8, 0.5, 1000, 1e5, 3e12)
    const trades = fc.array(
      fc.record({
        on: fc.integer({ min: 1, max: 28 }),
        side: fc.constantFrom('buy', 'sell'),
        quantity: fc.constantFrom(1e-8, 0.1, 1, 7, 3e9),
        price: fc.constantFrom(1e-8, 0.3, 100, 9e5),
        symbol: fc.constantFrom('A', 'B'),
      }),
    )
    const marks = fc.array(fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.constantFrom(1e-8, 5, 1e6)))
    fc.assert(
      fc.property(fc.array(amount), trades, marks, (equities, dealt, told) => {
        const ascending = dealt
          .toSorted((left, right) => left.on - right.on)
          .map(({ on, side, quantity, price, symbol }) => trade(on, side, quantity, price, 0.01, symbol))
        const prices = told
          .slice(0, 28)
          .map(([symbol, price], index) => ({ at: day(index + 1), symbol, price }))
        const figures = runFigures(closes(...equities.slice(0, 28)), ascending, priceHistories(prices))
        expect(numbersOf(figures).filter((number) => !Number.isFinite(number))).toEqual([])
      }),
    )
  })
})

function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersOf) : []
}
