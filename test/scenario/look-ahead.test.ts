/**
 * No look-ahead in a backtest (docs/backtest.md#fill-model): a plugin that sees a bar whole deals at no price of it, so that peeking
 * gains nothing; and what comes later changes nothing that was dealt before.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runInside } from '../support/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'torghut-look-ahead-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const dates = Array.from({ length: 130 }, (_, index) => new Date(Date.UTC(2024, 3, 1 + index)))
  .filter((date) => date.getUTCDay() % 6 !== 0)
  .map((date) => date.toISOString().slice(0, 10))
  .filter((date) => !['2024-05-27', '2024-06-19', '2024-07-04'].includes(date))
/** Whether a day ends higher than it began: as good as a coin. */
const isUp = (index: number) => (index * 7919 + index * index * 31) % 5 < 2

/** Every day begins at 100 and ends at 105 or 95: who deals at the beginning of the day that it has seen gains 5 a share. */
function barsOf(days: readonly string[], up: (index: number) => boolean = isUp): string {
  const rows = days.map((date, index) => `${date},ABC,100,106,94,${up(index) ? 105 : 95},1000`)
  return `timestamp,symbol,open,high,low,close,volume\n${rows.join('\n')}\n`
}

/** Buys after a day that rose and sells after one that fell, as if it still could. */
const PEEKER = `export const plugins = ({ decimal }) => [{
  pluginId: 'peeker', version: '1.0.0', needs: 'price', requiredFeatures: ['bar'],
  evaluate(_context, { bar }) {
    const direction = bar.close > bar.open ? 'buy' : 'sell'
    return { direction, confidence: decimal('1'), targetNotional: decimal('1000'), explain: ['seen'] }
  },
}]`
writeFileSync(join(folder, 'p.mjs'), PEEKER)
writeFileSync(
  join(folder, 's.yaml'),
  '- { id: peeker, name: P, strategy_type: peeker, version: 1.0.0, enabled: true, base_timeframe: 1Day }\n',
)

async function tradesOver(bars: string): Promise<string[][]> {
  writeFileSync(join(folder, 'bars.csv'), bars)
  const words = ['--bars', 'bars.csv', '--strategies', 's.yaml', '--plugins', 'p.mjs', '--trades', 't.csv']
  const { code, stderr } = await runInside(['backtest', ...words], { folder })
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  const lines = readFileSync(join(folder, 't.csv'), 'utf8').trimEnd().split('\n').slice(1)
  return lines.map((line) => line.split(','))
}

describe('a plugin that peeks', () => {
  it('gains nothing: it deals at the next day, whose beginning it has not seen', async () => {
    const trades = await tradesOver(barsOf(dates))
    expect(trades.length).toBeGreaterThan(40)
    // at 100, every one of them: not at the 105 or 95 that it saw, nor at what led there
    expect(new Set(trades.map(([, , , , , price]) => price))).toEqual(new Set(['100']))
    const money = trades.reduce(
      (sum, [, , , side, quantity]) => sum + (side === 'buy' ? -100 : 100) * Number(quantity),
      0,
    )
    const held = trades.reduce(
      (sum, [, , , side, quantity]) => sum + (side === 'buy' ? 1 : -1) * Number(quantity),
      0,
    )
    expect(money + held * 100).toBe(0)
  })

  it('deals no earlier than on the day after the one that it saw', async () => {
    const trades = await tradesOver(barsOf(dates))
    for (const [, at = '', , side] of trades) {
      const before = dates.findLastIndex((date) => date < at.slice(0, 10))
      expect(side).toBe(isUp(before) ? 'buy' : 'sell')
    }
  })

  it('has dealt the same whatever comes later', async () => {
    const cut = 60
    const whole = await tradesOver(barsOf(dates))
    const other = await tradesOver(barsOf(dates, (index) => (index < cut ? isUp(index) : !isUp(index))))
    const until = (trades: readonly string[][]) =>
      trades.filter(([, at = '']) => at.slice(0, 10) <= (dates[cut] ?? ''))
    expect(until(other)).toEqual(until(whole))
    expect(until(whole).length).toBeGreaterThan(20)
    expect(other).not.toEqual(whole)
  })
})
