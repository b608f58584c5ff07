/** Indicators of a user's module: pure folds over bars, whose values come with the signals (docs/plugins.md). */
import { describe, expect, it } from 'vitest'
import { type Decimal, decimal } from '../../lib/domain/decimal.ts'
import type { Indicator } from '../../lib/domain/indicator.ts'
import { asEpochMs, instant } from '../../lib/domain/time.ts'
import type { Bar } from '../../lib/market/bars.ts'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import { signalsFromBars } from '../../lib/market/indicators.ts'
import { validateModule } from '../../lib/strategy/plugin-module.ts'
import { violationsOf } from '../support/violations.ts'
import { highestFrom } from '../support/highest.ts'

const CALENDAR = createCalendar('us_equities')
const FIRST = instant('2013-10-04T13:30:00Z')

function barsOf(symbol: string, highs: readonly number[]): Bar[] {
  return highs.map((high, index) => ({
    startsAt: asEpochMs(FIRST + index * 60_000),
    symbol,
    open: decimal(1),
    high: decimal(high),
    low: decimal(1),
    close: decimal(1),
    volume: index === 0 ? null : decimal(10),
  }))
}

/** Known from the second bar on. */
const highest = highestFrom(2)

const payloads = (bars: readonly Bar[], indicators: readonly Indicator[]) =>
  signalsFromBars(bars, CALENDAR, indicators).signals.map(({ symbol, payload }) => ({ symbol, payload }))

describe('own indicators', () => {
  it('add their values to each signal, symbol by symbol', () => {
    const made = payloads([...barsOf('AIG', [3, 2, 5]), ...barsOf('SPY', [9, 8, 7])], [highest])
    expect(made.map(({ symbol, payload }) => [symbol, payload['highest'], payload['bars']])).toEqual([
      ['AIG', undefined, '1'],
      ['SPY', undefined, '1'],
      ['AIG', '3', '2'],
      ['SPY', '9', '2'],
      ['AIG', '5', '3'],
      ['SPY', '9', '3'],
    ])
  })

  it('see the bar with its end', () => {
    const seen: unknown[] = []
    const watcher: Indicator = {
      ...highest,
      next: (state, bar) => (seen.push(bar), highest.next(state, bar)),
    }
    payloads(barsOf('SPY', [3, 2]), [watcher])
    expect(seen[1]).toEqual({
      eventTs: '2013-10-04T13:32:00Z',
      symbol: 'SPY',
      timeframe: '1Min',
      open: decimal(1),
      high: decimal(2),
      low: decimal(1),
      close: decimal(1),
      volume: decimal(10),
    })
    expect(Object.isFrozen(seen[0])).toBe(true)
  })

  it.each<[string, Partial<Indicator>, string]>([
    ['throws', { next: () => fail() }, 'RangeError: no luck'],
    [
      'gives a plain number',
      { values: () => ({ bars: 1 as unknown as Decimal }) },
      'a number, not a Decimal',
    ],
    [
      'gives a value without a name',
      { values: () => ({ other: decimal(1) }) },
      'other is not among its names',
    ],
  ])('end the reading with their name and the bar when one %s', (_what, change, found) => {
    const [violation] = violationsOf(() => payloads(barsOf('SPY', [1, 2]), [{ ...highest, ...change }]))
    expect(violation?.path).toBe('indicator highest, bars, bar of SPY that ended 2013-10-04T13:31:00Z')
    expect(violation?.found).toContain(found)
  })

  it('are exported by a module as an array, or as a function of the SDK', () => {
    const { indicators } = validateModule({ plugins: [], indicators: () => [highest] }, 'm.mjs')
    expect(payloads(barsOf('SPY', [3, 2]), indicators)[1]?.payload).toMatchObject({ highest: '3' })
  })

  it.each<[string, unknown, readonly string[]]>([
    ['an object', {}, ['m.mjs indicators']],
    [
      'no functions',
      [{ names: ['x'] }],
      ['initial', 'next', 'values'].map((name) => `m.mjs indicators[0].${name}`),
    ],
    ['no names', [{ ...highest, names: [] }], ['m.mjs indicators[0].names']],
    ['a feature’s name', [{ ...highest, names: ['rsi14'] }], ['m.mjs indicators[0].names[0]']],
    ['a name with a dot', [{ ...highest, names: ['a.b'] }], ['m.mjs indicators[0].names[0]']],
    ['a name twice', [highest, { ...highest, names: ['bars'] }], ['m.mjs indicators[1].names[0]']],
  ])('are refused with %s', (_what, indicators, paths) => {
    const found = violationsOf(() => validateModule({ plugins: [], indicators }, 'm.mjs'))
    expect(found.map(({ path }) => path)).toEqual(paths)
  })
})

describe('bars made signals', () => {
  it('carry the bar, and a volume where there is one', () => {
    const [first, second] = payloads(barsOf('SPY', [3, 2]), [])
    expect(first?.payload).toEqual({ price: '1', open: '1', high: '3', low: '1' })
    expect(second?.payload).toMatchObject({ open: '1', high: '2', low: '1', volume: '10' })
  })

  it('carry none where only closes are known', () => {
    const bars = barsOf('SPY', [3, 2]).map((bar) => Object.assign(bar, { open: null, high: null, low: null }))
    expect(payloads(bars, [])[1]?.payload).toEqual({ price: '1' })
  })
})

function fail(): never {
  throw new RangeError('no luck')
}
