/** Steps that are made while they are walked are those that all signals and quotes make at once, in every walk. */
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { asEpochMs, instant } from '../../lib/domain/time.ts'
import { packagedBars } from '../../lib/local/packaged-bars.ts'
import { seriesOf } from '../../lib/market/bar-series.ts'
import type { Bar } from '../../lib/market/bars.ts'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import { signalsFromBars } from '../../lib/market/indicators.ts'
import {
  type DateRange,
  type Quote,
  makeSteps,
  observedWithin,
  tickOf,
  tradableFrom,
} from '../../lib/market/schedule.ts'
import { scheduleBars } from '../../lib/market/schedule-bars.ts'
import {
  type PluginNeeds,
  censusOf,
  censusUntilEnough,
  coverageWarnings,
} from '../../lib/strategy/coverage.ts'
import { readPrice } from '../../lib/strategy/features.ts'

const calendar = createCalendar('us_equities')
const ALL: DateRange = { from: null, to: null }
const DAY = 86_400_000

const bar = (startsAt: number, symbol: string, price: string, open: string | null = price): Bar => ({
  startsAt: asEpochMs(startsAt),
  symbol,
  open: open === null ? null : decimal(open),
  high: null,
  low: null,
  close: decimal(price),
  volume: null,
})
const from = (text: string, every: number, symbol: string, count: number) =>
  Array.from({ length: count }, (_, index) =>
    bar(instant(text) + index * every, symbol, String(100 + (index % 7)), index % 3 === 0 ? null : '99'),
  )

/** Days of shares, minutes of shares and coins, hours, with holes and a holiday (Thanksgiving) among them. */
const MIXED: readonly Bar[] = [
  ...from('2013-11-25T00:00:00Z', DAY, 'SPY', 12),
  ...from('2013-11-25T14:30:00Z', 60_000, 'ZZZ', 40),
  ...from('2013-11-25T14:30:00Z', 60_000, 'BTC/USD', 30).filter((_, index) => index % 4 !== 2),
  ...from('2013-11-25T14:00:00Z', 3_600_000, 'AIG', 90),
  ...from('2013-11-25T00:00:00Z', DAY, 'ETH/USD', 12),
]

/** Everything at once. */
function atOnce(bars: readonly Bar[], range: DateRange) {
  const timed = signalsFromBars(bars, calendar)
    .signals.filter((signal) => observedWithin(signal, range))
    .flatMap((signal) => {
      const tickAt = tickOf(signal, calendar)
      return tickAt === null ? [] : [{ signal, tickAt }]
    })
  const quotes = seriesOf(bars).flatMap(({ timeframe, bars: own }) =>
    [...own].flatMap((one): Quote[] => {
      const at = tradableFrom(one, timeframe, calendar)
      return at === null ? [] : [{ at, symbol: one.symbol, price: one.open ?? one.close }]
    }),
  )
  return makeSteps(timed, quotes)
}

const CASES: readonly [name: string, bars: readonly Bar[], range: DateRange][] = [
  ['days', packagedBars(), { from: '2009-11-20', to: '2010-01-10' }],
  ['days before the second symbol begins', packagedBars(), { from: '2006-12-20', to: '2007-01-10' }],
  ['several timeframes', MIXED, ALL],
  [
    'several timeframes, the symbols in another order',
    MIXED.toReversed().toSorted((a, b) => a.startsAt - b.startsAt),
    ALL,
  ],
  ['several timeframes, a part of them', MIXED, { from: '2013-11-26', to: '2013-11-29' }],
  ['none', MIXED, { from: '2014-01-01', to: null }],
]

describe('the steps of bars', () => {
  it.each(CASES)('are those of everything at once: %s', (_name, bars, range) => {
    const { steps } = scheduleBars(bars, calendar, range)
    const expected = atOnce(bars, range)
    expect([...steps]).toEqual(expected)
    expect(steps.length).toBe(expected.length)
  })

  it('are the same in a second walk, and in one beside it', () => {
    const { steps } = scheduleBars(MIXED, calendar, ALL)
    const beside = steps[Symbol.iterator]()
    beside.next()
    const first = [...steps]
    expect([...steps]).toEqual(first)
    expect(beside.next().value).toEqual(first[1])
  })

  it.each(CASES)('tell the prices that their signals tell: %s', (_name, bars, range) => {
    const { prices } = scheduleBars(bars, calendar, range)
    const told = atOnce(bars, range).flatMap(({ tickAt: at, signals }) =>
      signals.map((signal) => ({ at, symbol: signal.symbol, price: readPrice(signal) })),
    )
    expect([...prices()]).toEqual(told)
  })

  it.each(CASES)('are observed whole, and made as long as somebody wants them: %s', (_name, bars, range) => {
    const { observed } = scheduleBars(bars, calendar, range)
    const all = atOnce(bars, range).flatMap(({ signals }) => signals)
    const bySeries = seriesOf(bars).flatMap(({ symbol }) => all.filter((signal) => signal.symbol === symbol))
    expect([...observed(() => false)].map(({ signal }) => signal)).toEqual(bySeries)
    const firsts = [...observed(() => true)]
    expect(firsts.flatMap(({ symbol, count }) => Array.from({ length: count }, () => symbol))).toEqual(
      bySeries.map(({ symbol }) => symbol),
    )
    const made = firsts.flatMap(({ signal }) => signal ?? [])
    expect(made).toEqual(
      bySeries.filter(({ symbol }, index) => bySeries.findIndex((one) => one.symbol === symbol) === index),
    )
  })

  it.each(CASES)('warn of what all signals warn of: %s', (_name, bars, range) => {
    const strategies = ['1Min', '1Hour', '1Day', '5Min'].flatMap((baseTimeframe) =>
      [null, ['ZZZ', 'SPY'], ['NONE']].map((universeSymbols, index) => ({
        id: `${baseTimeframe} ${index}`,
        name: 'one',
        strategyType: 'one',
        version: '1.0.0',
        enabled: true,
        baseTimeframe,
        universeSymbols,
        legacyFallback: null,
        params: {},
      })),
    )
    for (const [priceAlone, features, history] of [
      [false, [], 0],
      [true, ['boll_mid'], 20],
      [true, ['custom.none'], 0],
      [true, [], 5000],
    ] as const) {
      const needs: PluginNeeds = { priceAlone, features, history }
      const all = censusOf(
        atOnce(bars, range).flatMap(({ signals }) => signals),
        [needs],
      )
      const { observed } = scheduleBars(bars, calendar, range)
      expect(coverageWarnings(strategies, censusUntilEnough(observed, [needs]), () => needs)).toEqual(
        coverageWarnings(strategies, all, () => needs),
      )
    }
  })
})
