/** `torghut backtest` is the run of `dev` without its disk: the same digest for the same inputs, and costs that add up. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonLines, runInside } from '../support/run-cli.ts'

const root = mkdtempSync(join(tmpdir(), 'torghut-backtest-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

interface Result {
  readonly digest: string
  readonly accounts: readonly {
    readonly equity: string
    readonly orders: Readonly<Record<string, number>>
    readonly figures: {
      readonly end_equity: number
      readonly trades: { readonly fees: number; readonly trades: number }
    }
  }[]
}

beforeAll(() => {
  const minute = (index: number) => {
    const price = 100 + Math.round(400 * Math.sin(index / 9)) / 100
    const at = new Date(Date.UTC(2024, 2, 6, 15, index)).toISOString()
    return ['AAPL', 'BTC/USD'].map(
      (symbol) => `${at},${symbol},${price},${price + 1},${price - 1},${price},100`,
    )
  }
  const bars = Array.from({ length: 120 }, (_, index) => minute(index)).flat()
  writeFileSync(
    join(root, 'minutes.csv'),
    `timestamp,symbol,open,high,low,close,volume\n${bars.join('\n')}\n`,
  )
  writeFileSync(
    join(root, 'own.mjs'),
    `export const plugins = ({ decimal, mul }) => [{
       pluginId: 'swing', version: '1.0.0', requiredFeatures: ['boll_mid'],
       evaluate({ symbol, params }, { values }) {
         if (values.price > decimal('103.5') && symbol === 'AAPL') throw new Error('dizzy')
         const direction = values.price < values.boll_mid ? 'buy' : 'sell'
         const limitPrice = params.within === undefined ? undefined : mul(values.price, decimal(params.within))
         return { direction, confidence: decimal('0.6'), targetNotional: decimal('900'), explain: ['swing'], limitPrice }
       },
     }]`,
  )
  const strategy = (id: string, params: string) =>
    `- { id: ${id}, name: ${id}, strategy_type: swing, version: 1.0.0, enabled: true, base_timeframe: 1Min, params: ${params} }\n`
  writeFileSync(
    join(root, 'own.yaml'),
    strategy('free', '{}') + strategy('capped', "{ max_notional_per_trade: '500' }"),
  )
  for (const [name, within] of [
    ['any', '1'],
    ['tight', '0.999'],
  ]) {
    writeFileSync(join(root, `${name}.yaml`), strategy('free', `{ within: '${within}' }`))
  }
  writeFileSync(join(root, 'free.yaml'), strategy('free', '{}'))
  writeFileSync(
    join(root, 'accounts.json'),
    '[{"label":"one","strategies":["free"]},{"label":"two"},{"label":"off","enabled":false}]',
  )
})

const run = async (verb: 'dev' | 'backtest', words: readonly string[], folder: string): Promise<Result> => {
  const { code, stdout, stderr } = await runInside([verb, ...words, '--json'], { folder })
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return jsonLines(stdout).at(-1) as Result
}

const OWN = ['--strategies', '../own.yaml', '--plugins', '../own.mjs']
const withLimit = (name: string) => ['--strategies', `../${name}.yaml`, '--plugins', '../own.mjs']
const INPUTS: readonly [name: string, words: readonly string[]][] = [
  ['the packaged days of the demo', ['--from', '2009-07-01', '--to', '2009-07-24']],
  ['days that begin before the second symbol', ['--from', '2006-11-01', '--to', '2007-01-31']],
  ['minutes, a plugin that throws, one account', ['--bars', '../minutes.csv', ...OWN]],
  ['minutes, several accounts', ['--bars', '../minutes.csv', ...OWN, '--accounts', '../accounts.json']],
  ['minutes, limits that some prices meet', ['--bars', '../minutes.csv', ...withLimit('any')]],
  ['minutes, built-in strategies on days alone', ['--bars', '../minutes.csv']],
]

describe('a backtest', () => {
  it.each(INPUTS.map(([name, words], index) => ({ name, words, index })))(
    'has the digest of a run: $name',
    async ({ words, index }) => {
      const folder = join(root, `run-${index}`)
      mkdirSync(folder)
      const [inDev, inBacktest] = [await run('dev', words, folder), await run('backtest', words, folder)]
      expect(inBacktest.digest).toBe(inDev.digest)
      expect(inBacktest.accounts).toEqual(inDev.accounts)
    },
  )

  it('with costs pays them: fees from the cash, slippage in every price', async () => {
    const folder = join(root, 'costs')
    mkdirSync(folder)
    const words = ['--bars', '../minutes.csv', ...OWN]
    const [free] = (await run('backtest', words, folder)).accounts
    const costs = ['--fee-per-share', '0.5', '--slippage-bps', '10', '--trades', 't.csv', '--equity', 'e.csv']
    const [paid] = (await run('backtest', [...words, ...costs], folder)).accounts
    expect(paid?.orders).toEqual(free?.orders)
    const trades = readFileSync(join(folder, 't.csv'), 'utf8').trimEnd().split('\n').slice(1)
    const rows = trades.map((row) => row.split(','))
    const number = (text: string | undefined) => Number(text)
    // every figure again from the trades file alone
    expect(rows).toHaveLength(paid?.figures.trades.trades ?? -1)
    const fees = rows.reduce((sum, row) => sum + number(row[6]), 0)
    expect(fees).toBeCloseTo(
      rows.reduce((sum, row) => sum + number(row[4]) * 0.5, 0),
      6,
    )
    expect(paid?.figures.trades.fees).toBeCloseTo(fees, 6)
    const held = new Map<string, number>()
    let cash = 100_000
    for (const [, , symbol = '', side, quantity, price, fee] of rows) {
      const sign = side === 'buy' ? 1 : -1
      held.set(symbol, (held.get(symbol) ?? 0) + sign * number(quantity))
      cash -= sign * number(quantity) * number(price) + number(fee)
    }
    const last = 100 + Math.round(400 * Math.sin(119 / 9)) / 100
    const worth = [...held.values()].reduce((sum, quantity) => sum + quantity * last, cash)
    expect(Number(paid?.equity)).toBeCloseTo(worth, 2)
    expect(paid?.figures.end_equity).toBeLessThan(free?.figures.end_equity ?? 0)
    expect(readFileSync(join(folder, 'e.csv'), 'utf8')).toMatch(/^account,at,equity\npaper,2024-03-06T15:/)
  })

  it('names the decision behind each trade, of which explain tells after dev', async () => {
    const folder = join(root, 'why')
    mkdirSync(folder)
    const words = ['--bars', '../minutes.csv', ...OWN]
    await run('backtest', [...words, '--trades', 't.csv'], folder)
    await run('dev', words, folder)
    const rows = readFileSync(join(folder, 't.csv'), 'utf8').trimEnd().split('\n').slice(1)
    const trades = rows
      .map((row) => row.split(','))
      .map((row) => ({ symbol: row[2], decision: row[9] ?? '' }))
    expect(trades.length).toBeGreaterThan(2)
    for (const { symbol, decision } of [trades[0], trades.at(-1)].filter((trade) => trade !== undefined)) {
      const { code, stdout } = await runInside(['explain', decision, '--json'], { folder })
      expect(code).toBe(0)
      expect(stdout).toContain(`"${symbol}"`)
    }
  })

  it('makes equal reports of equal runs, byte for byte', async () => {
    const words = ['--bars', '../minutes.csv', ...OWN, '--report', 'r.html']
    const folder = join(root, 'reports')
    mkdirSync(folder)
    const reports = []
    for (let time = 0; time < 2; time += 1) {
      const { accounts } = await run('backtest', words, folder)
      expect(accounts[0]?.figures.trades.trades).toBeGreaterThan(0)
      reports.push(readFileSync(join(folder, 'r.html'), 'utf8'))
    }
    expect(reports[0] === reports[1]).toBe(true)
  })

  it.each([
    ['--trades', 'nowhere/t.csv'],
    ['--equity', '.'],
    ['--report', 'nowhere/r.html'],
  ])('is refused before it runs when what it is to write cannot be written: %s %s', async (option, file) => {
    const folder = mkdtempSync(join(root, 'out-'))
    const { code, stdout, stderr } = await runInside(['backtest', option, file], { folder })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`${option}: found "${file}", allowed: a file in a folder that is there`)
  })

  it('says what looks like a split', async () => {
    const folder = mkdtempSync(join(root, 'split-'))
    const days = ['2024-03-04', '2024-03-05', '2024-03-06', '2024-03-07', '2024-03-08']
    const rows = days.map((day, index) => (index < 2 ? `${day},400,400,400,400` : `${day},100,100,100,100`))
    writeFileSync(join(folder, 'b.csv'), `Date,Open,High,Low,Close\n${rows.join('\n')}\n`)
    const words = ['--bars', 'b.csv', '--symbol', 'AAPL']
    const said = 'Looks like a split: AAPL opened on 2024-03-06 at 0.250 times the close before.'
    expect((await runInside(['backtest', ...words], { folder })).stderr).toContain(said)
    const after = await runInside(['backtest', ...words, '--from', '2024-03-07'], { folder })
    expect(after.code).toBe(0)
    expect(after.stderr).not.toContain('split')
  })

  it('with limits deals within them alone, and leaves nothing open', async () => {
    const folder = join(root, 'limits')
    mkdirSync(folder)
    const options = ['--bars', '../minutes.csv', '--slippage-bps', '5', '--trades', 't.csv']
    const [account] = (await run('backtest', [...options, ...withLimit('tight')], folder)).accounts
    const [head, ...rows] = readFileSync(join(folder, 't.csv'), 'utf8').trimEnd().split('\n')
    expect(head).toBe('account,at,symbol,side,quantity,price,fee,strategies,limit,decision')
    const sides = rows.map((row) => {
      const [, , , side, , price, , , limit] = row.split(',')
      expect(Number(price) * (side === 'buy' ? 1 : -1)).toBeLessThanOrEqual(
        Number(limit) * (side === 'buy' ? 1 : -1),
      )
      return side
    })
    expect(new Set(sides)).toEqual(new Set(['buy', 'sell']))
    expect(account?.orders).toEqual({ canceled: expect.any(Number), filled: rows.length })
    // without limits more of it is dealt
    await run('backtest', [...options, ...withLimit('free')], folder)
    const all = readFileSync(join(folder, 't.csv'), 'utf8').trimEnd().split('\n').slice(1)
    expect(all.length).toBeGreaterThan(rows.length)
    expect(all.every((row) => row.includes(',free,,'))).toBe(true)
  })

  it.each([
    ['--cash', '0'],
    ['--fee-bps', '-1'],
    ['--slippage-bps', 'much'],
    ['--slippage-bps', '10000'],
  ])('refuses %s %s', async (option, value) => {
    const { code, stderr } = await runInside(['backtest', option, value], { folder: root })
    expect(code).toBe(2)
    expect(stderr).toContain('Allowed: a decimal number')
  })
})
