/** Bars files: exact numbers, and every bad line named with its place. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { instant } from '../../lib/domain/time.ts'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { RECORDED_BARS, hasRecordedBars } from '../support/shared-folder.ts'
import { violationsOf } from '../support/violations.ts'

const HEADER = 'timestamp,symbol,open,high,low,close,volume\n'
const GOOD = '2013-10-04T13:30:00Z,SPY,167.65,167.70,167.60,167.62,20000\n'

const faultsIn = (text: string) => violationsOf(() => parseBars(text, 'my.csv'))

describe('a bars file', () => {
  it('is read with exact decimals and UTC starts', () => {
    expect(parseBars(HEADER + GOOD, 'my.csv')).toEqual([
      {
        startsAt: instant('2013-10-04T13:30:00Z'),
        symbol: 'SPY',
        open: decimal('167.65'),
        high: decimal('167.7'),
        low: decimal('167.6'),
        close: decimal('167.62'),
        volume: decimal('20000'),
      },
    ])
  })

  it.each([
    ['an empty file', '', 'my.csv:1'],
    ['another header', 'date,open\n', 'my.csv:1'],
    ['a time with no zone', `${HEADER}2013-10-04 13:30,SPY,1,1,1,1,1\n`, 'my.csv:2 timestamp'],
    ['no bars', HEADER, 'my.csv:2'],
    ['a missing field', `${HEADER}${GOOD}2013-10-04T13:31:00Z,SPY,1,1,1,1\n`, 'my.csv:3'],
    ['a time without a zone', `${HEADER}2013-10-04 13:30,SPY,1,1,1,1,1\n`, 'my.csv:2 timestamp'],
    ['a word for a price', `${HEADER}${GOOD}2013-10-04T13:31:00Z,SPY,1,1,1,abc,1\n`, 'my.csv:3 close'],
    ['a price of zero', `${HEADER}2013-10-04T13:31:00Z,SPY,0,1,0.5,1,1\n`, 'my.csv:2 open'],
    ['a negative volume', `${HEADER}2013-10-04T13:31:00Z,SPY,1,1,1,1,-1\n`, 'my.csv:2 volume'],
    ['a low above the close', `${HEADER}2013-10-04T13:31:00Z,SPY,9,9,8,7,1\n`, 'my.csv:2 high,low'],
    ['the same bar twice', HEADER + GOOD + GOOD, 'my.csv:3 timestamp'],
    ['a strange symbol', `${HEADER}2013-10-04T13:31:00Z,s p y,1,1,1,1,1\n`, 'my.csv:2 symbol'],
  ])('with %s is refused, naming the place', (_, text, path) => {
    expect(faultsIn(text).map((violation) => violation.path)).toEqual([path])
  })

  it('reports every bad line, counting blank ones', () => {
    const bad = `${HEADER}\n2013-10-04T13:31:00Z,SPY,x,1,1,1,1\n\n2013-10-04T13:32:00Z,SPY,1,1,1,y,1\n`
    expect(faultsIn(bad)).toMatchObject([
      { path: 'my.csv:3 open', found: '"x"' },
      { path: 'my.csv:5 close', found: '"y"' },
    ])
  })

  it('names the line of a broken quote', () => {
    const [violation] = faultsIn(`${HEADER}${GOOD}"2013`)
    expect(violation?.path).toMatch(/^my\.csv:3/)
    expect(violation?.found).toMatch(/quote/i)
  })

  it.skipIf(!hasRecordedBars)('of 13,429 real minutes takes well under 300 ms of processor time', () => {
    const text = readFileSync(RECORDED_BARS, 'utf8')
    const runs = [1, 2, 3].map(() => {
      // Processor time: a busy machine stretches the wall clock, not the work.
      const started = process.cpuUsage()
      const bars = parseBars(text, RECORDED_BARS)
      const { user, system } = process.cpuUsage(started)
      return { count: bars.length, milliseconds: (user + system) / 1000 }
    })
    expect(runs.map(({ count }) => count)).toEqual([13_429, 13_429, 13_429])
    expect(Math.min(...runs.map(({ milliseconds }) => milliseconds))).toBeLessThan(300)
  })
})
