/** What came before a signal (docs/architecture.md#history): the vectors that a plugin sees, and that nothing else decides them. */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { decimal, formatDecimal } from '../../lib/domain/decimal.ts'
import type { LoggedSignal } from '../../lib/domain/signal.ts'
import { seriesKey } from '../../lib/domain/signal-series.ts'
import { plusSeconds } from '../../lib/domain/time.ts'
import { History, LATE_BY, PastSignal, appendPast } from '../../lib/strategy/history.ts'
import { TICK, logged, signal } from '../support/plan-fixtures.ts'

/** A signal of so many minutes after the tick, at a price of as many. */
const at = (minute: number, changes: Parameters<typeof signal>[0] = {}) =>
  signal({ eventTs: plusSeconds(TICK, minute * 60), price: 100 + minute, ...changes })

/** The prices that a history of `count` holds before each signal, looked at one after the other; null where it is too short. */
function pricesBefore(signals: readonly LoggedSignal[], count: number, history = new History()) {
  return signals.map((one) => {
    const before = history.before(one.signal)(count)
    history.add(one, count)
    return before?.map(({ values: { price } }) => (price === null ? '' : formatDecimal(price))) ?? null
  })
}

describe('the history of a signal', () => {
  it('is the vectors before it, oldest first, without it, and null until there are as many', () => {
    expect(pricesBefore(logged([at(0), at(1), at(2), at(3)]), 2)).toEqual([
      null,
      null,
      ['100', '101'],
      ['101', '102'],
    ])
  })

  it('is of its own symbol and timeframe, however that is spelled', () => {
    const signals = [
      at(0, { timeframe: '60Min' }),
      at(1, { symbol: 'MSFT', timeframe: '1Hour' }),
      at(2, { timeframe: '1Day' }),
      at(3, { timeframe: '1Hour' }),
    ]
    expect(pricesBefore(logged(signals), 1)).toEqual([null, null, null, ['100']])
  })

  it('holds the event time, the bar and values of one’s own, and cannot be changed', () => {
    const history = new History()
    const payload = { open: '1', high: '3', low: '1', close: '2', mine: '7' }
    for (const one of logged([at(0, { payload })])) history.add(one, 1)
    const before = history.before(at(1))(1)
    const past = before?.[0]
    expect(past).toMatchObject({
      eventTs: '2024-05-14T14:30:00Z',
      bar: { open: decimal('1'), high: decimal('3') },
      custom: { mine: decimal('7') },
    })
    expect(past?.values.macd).toBeNull()
    expect(past?.hash).toMatch(/^[0-9a-f]{64}$/)
    expect([before, past, past?.values, past?.bar, past?.custom].every(Object.isFrozen)).toBe(true)
  })

  it('leaves out what has no price, or another schema, and counts what lacks MACD and RSI', () => {
    const signals = [
      at(0, { payload: {} }),
      at(1, { payload: { macd: 1 }, price: null }),
      at(2, { payload: { feature_schema_version: '2' } }),
      at(3),
    ]
    expect(pricesBefore(logged(signals), 1)).toEqual([null, ['100'], ['100'], ['100']])
  })

  it('is not looked at across a break: not from the signal that says so, nor from any that reaches before it', () => {
    const broken = { history_broken: 'split' }
    const signals = [at(0), at(1), at(2, { payload: broken }), at(3), at(4), at(5)]
    expect(pricesBefore(logged(signals), 2)).toEqual([null, null, null, null, ['102', '103'], ['103', '104']])
    const once = [at(0), at(1, { payload: broken }), at(2)]
    expect(pricesBefore(logged(once), 1)).toEqual([null, null, ['101']])
  })

  it('is in the order of time: what comes late is part of no history and finds its own', () => {
    const signals = [at(0), at(2), at(1), at(3)]
    expect(pricesBefore(logged(signals), 1)).toEqual([null, ['100'], ['100'], ['102']])
  })

  it('takes signals of one time in the order of their producer’s count', () => {
    expect(pricesBefore(logged([at(0), at(0), at(0)]), 2)).toEqual([null, null, ['100', '100']])
  })

  it(`is not found by a signal that comes after ${LATE_BY + 1} later ones`, () => {
    const minutes = Array.from({ length: 60 }, (_, minute) => minute * 2)
    const late = (by: number) => pricesBefore(logged([...minutes.map((minute) => at(minute)), at(by)]), 3)
    expect(late(119 - 2 * LATE_BY).at(-1)).not.toBeNull()
    expect(late(117 - 2 * LATE_BY).at(-1)).toBeNull()
  })

  it('is the same whatever was known when: read as a window at any point, for itself or with those who look farther', () => {
    const minutes = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 120 })
    const points = fc.record({ cut: fc.nat(), count: fc.integer({ min: 1, max: 9 }), more: fc.nat(30) })
    fc.assert(
      fc.property(minutes, points, (drawn, { cut, count, more }) => {
        const signals = logged(drawn.map((minute) => at(minute)))
        const undisturbed = pricesBefore(signals, count)
        const from = cut % signals.length
        // what the log would say: all in the order of time, of which the last few are read
        const past: PastSignal[] = []
        for (const one of signals.slice(0, from)) appendPast(past, one)
        const window = past.slice(-(count + more + LATE_BY))
        const history = new History(new Map([[seriesKey(at(0)), window]]))
        expect(pricesBefore(signals.slice(from), count, history)).toEqual(undisturbed.slice(from))
      }),
      { numRuns: 500 },
    )
  })
})
