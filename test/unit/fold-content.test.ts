/** What is stored of a fold, as text and back: equal, or not taken at all (docs/market-data.md). */
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { asEpochMs, instant } from '../../lib/domain/time.ts'
import { ONE_MINUTE } from '../../lib/market/timeframe.ts'
import { progressOf, storedFold } from '../../lib/series/fold-content.ts'
import { fromPlainJson, toPlainJson } from '../../lib/series/plain-values.ts'
import { foldBar, type Progress } from '../../lib/series/progress.ts'
import { highest } from '../support/highest.ts'
import { barAt } from '../support/market-data-fixture.ts'

const SERIES = { source: 'alpaca-iex', symbol: 'AAPL', timeframe: '1Min' }
const START = instant('2024-06-03T14:00:00Z')
const context = { source: SERIES.source, sessions: () => 1, own: [highest] }

function progressAfter(bars: number): Progress {
  let progress: Progress | null = null
  for (let index = 0; index < bars; index += 1) {
    const bar = barAt('AAPL', START + index * 60_000, 100 + index)
    const closed = { bar, endedAt: asEpochMs(bar.startsAt + 60_000) }
    progress = foldBar(progress, closed, { symbol: 'AAPL', timeframe: ONE_MINUTE }, context).at(index + 1)
  }
  if (progress === null) throw new Error('no bars')
  return progress
}

describe('a stored fold', () => {
  it('comes back as it was, own Decimals included', () => {
    const progress = progressAfter(70)
    const stored = storedFold(progress, SERIES, '1')
    expect(progressOf(stored, '1')).toEqual(progress)
    expect([stored.position, stored.firstEnd, stored.lastEnd]).toEqual([
      70,
      START + 60_000,
      START + 70 * 60_000,
    ])
    expect(stored.content.length).toBeLessThan(3000)
  })

  it('is not taken when another version made it, or when it is not what was written', () => {
    const stored = storedFold(progressAfter(3), SERIES, '1')
    expect(progressOf(stored, '2')).toBeNull()
    expect(progressOf({ ...stored, content: '{"told":[]}' }, '1')).toBeNull()
    expect(progressOf({ ...stored, content: stored.content.slice(1) }, '1')).toBeNull()
  })
})

describe('plain values', () => {
  it.each([
    [null],
    [true],
    ['text'],
    [0.1],
    [-0],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [decimal('12.5')],
    [undefined],
    [[1, undefined, decimal('1')]],
    [{ b: 1, a: { c: [decimal('-1')] }, gone: undefined }],
    [{ $: 'bigint', value: 'mine' }],
  ])('come back equal: %o', (value) => {
    expect(fromPlainJson(JSON.parse(JSON.stringify(toPlainJson(value))) as never)).toStrictEqual(value)
  })

  it.each([
    [new Map(), 'an object of the class Map'],
    [new Date(0), 'an object of the class Date'],
    [() => 1, 'a function'],
    [Symbol('x'), 'a symbol'],
    [{ deep: [new Set()] }, 'an object of the class Set'],
  ])('are nothing else: %o', (value, what) => {
    expect(() => toPlainJson(value)).toThrow(`not a plain value: ${what}`)
  })
})
