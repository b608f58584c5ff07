/**
 * Thirty days of a stage's sealed cycles, of half hours, in DynamoDB's tables: planned again byte for byte, a planted change of
 * a rule found and named, a deploy that changes nothing let through; and their report, whose figures are worked out here again
 * from the executions alone.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { dynamoStores } from '../../lib/adapters/dynamodb/stores.ts'
import { createTables } from '../../lib/adapters/dynamodb/table/tables.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { collect } from '../../lib/domain/collect.ts'
import { asDecimal, formatDecimal, ONE, type Decimal } from '../../lib/domain/decimal.ts'
import { instant } from '../../lib/domain/time.ts'
import { parseStrategies } from '../../lib/formats/strategies-file.ts'
import { startEmbeddedDynamo, type EmbeddedDynamo } from '../../lib/local/embedded-dynamodb.ts'
import { marketOfBars } from '../../lib/local/market-data.ts'
import { checkInputs } from '../../lib/local/run-inputs.ts'
import { SimulatedClock } from '../../lib/local/simulated-clock.ts'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import type { StateStores } from '../../lib/ports/state-stores.ts'
import type { ReportData } from '../../lib/replay/report/report-data.ts'
import { fakeStage } from '../support/deployment-fixture.ts'
import { fillStores } from '../support/filled-stores.ts'
import { jsonLines, runInside } from '../support/run-cli.ts'

const PLUGINS = resolve(import.meta.dirname, '../../examples/plugins.mjs')
const PAPER = accountLabel('paper')
const TABLES = { state: 'state', signals: 'signals' }
const folder = mkdtempSync(join(tmpdir(), 'torghut-records-'))

const STRATEGIES = `- id: bands
  name: bands
  strategy_type: band_reversion
  version: '1.0.0'
  enabled: true
  base_timeframe: 30Min
  params: { entry: '0.8', notional: '9000' }
`

/** The rule that is changed on purpose: what the budget buys is one share less. */
const planted = vi.hoisted(() => ({ isChanged: false }))
vi.mock(import('../../lib/plan/sizing.ts'), async (original) => {
  const sizing = await original()
  return {
    ...sizing,
    sizeOrder: (inputs) => {
      const sized = sizing.sizeOrder(inputs)
      return planted.isChanged ? { ...sized, quantity: asDecimal(sized.quantity - ONE) } : sized
    },
  }
})

/** Thirty days from the first of October 2013, 9:30 to 16:00 in New York; two symbols that swing. */
function halfHours(): string {
  const lines = ['timestamp,symbol,open,high,low,close,volume']
  for (const [symbol, base, beat] of [
    ['AAPL', 480, 11],
    ['MSFT', 33, 17],
  ] as const) {
    for (let day = 1; day <= 30; day += 1) {
      for (let half = 0; half < 13; half += 1) {
        const at = new Date(Date.UTC(2013, 9, day, 13, 30 + half * 30)).toISOString()
        if ([0, 6].includes(new Date(at).getUTCDay())) continue
        const swing = 1 + 0.01 * Math.sin((day * 26 + half * 2) / beat) + 0.006 * Math.cos(half ** 2 + day)
        const close = Math.round(base * swing * 100) / 100
        lines.push(`${at},${symbol},${close},${close + 0.1},${close - 0.1},${close},1000`)
      }
    }
  }
  return lines.join('\n')
}

let database: EmbeddedDynamo
let stores: StateStores
let deployment: ReturnType<typeof fakeStage>['deployment']

beforeAll(async () => {
  database = await startEmbeddedDynamo(null)
  await createTables(database.client, TABLES)
  const clock = new SimulatedClock()
  stores = dynamoStores(database.client, TABLES, clock, null)
  const inputs = await checkInputs({
    market: marketOfBars({ name: 'half hours', hash: '', bars: parseBars(halfHours(), 'half-hours.csv') }),
    range: { from: null, to: null },
    strategies: parseStrategies(STRATEGIES, 'strategies.yaml'),
    pluginModule: PLUGINS,
    accounts: { text: '[{"label":"paper"}]', name: 'accounts' },
    environment: {},
    flags: {},
  })
  await fillStores(inputs, stores, clock)
  const stage = fakeStage()
  Object.assign(stage.flags, { TRADING_SIGNAL_SOURCE: inputs.source })
  deployment = { ...stage.deployment, stores, clock }
})
afterAll(async () => {
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

const run = (...words: readonly string[]) =>
  runInside([...words, '--stage', 'dev', '--since', '40d', '--plugins', PLUGINS], { folder, deployment })

describe('thirty days of sealed cycles', () => {
  it('are planned again byte for byte', async () => {
    const { code, stdout } = await run('rerun', '--json')
    const rows = jsonLines(stdout) as { readonly result: string }[]
    expect(code).toBe(0)
    expect(rows.length).toBe(22 * 13)
    expect(rows.filter(({ result }) => result !== 'same')).toEqual([])
  })

  it('let a deploy through that changes nothing, and stop one that changes a rule, by the field', async () => {
    expect(await run('deploy-check', '--json')).toMatchObject({ code: 0 })
    planted.isChanged = true
    const refused = await run('deploy-check')
    planted.isChanged = false
    expect(refused.code).toBe(1)
    expect(refused.stdout).toMatch(/decisions\[\d+\]\.quantity was "?[\d.]+"?, is "?[\d.]+"?/)
  })
})

/** A report's data, as it stands in the file. */
function dataOf(file: string): ReportData {
  const html = readFileSync(join(folder, file), 'utf8')
  const [, packed = ''] = /<script type="text\/plain" id="data">([^<]*)</.exec(html) ?? []
  return JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString('utf8')) as ReportData
}

const number = (value: Decimal | null) => Number(formatDecimal(value ?? asDecimal(0n)))

describe('the report of a stage', () => {
  it('of its last days knows what was held before them', async () => {
    const since = '2013-10-18T00:00:00Z'
    const words = ['report', '--stage', 'dev', '--plugins', PLUGINS, '--since', since, '--out', 'late.html']
    expect(await runInside(words, { folder, deployment })).toMatchObject({ code: 0 })
    const [account] = dataOf('late.html').accounts
    const held = new Map<string, number>()
    const at = new Map<string, number>()
    for (const one of await collect(stores.executions.listExecutions(PAPER))) {
      const change = number(one.filledQuantity) * (one.side === 'buy' ? 1 : -1)
      held.set(one.symbol, (held.get(one.symbol) ?? 0) + change)
      if (one.updatedAt < instant(since)) at.set(one.symbol, (at.get(one.symbol) ?? 0) + change)
    }
    // something was held then, or this would test nothing
    expect([...at.values()].some((quantity) => quantity !== 0)).toBe(true)
    const atTheEnd = [...held].filter(([, quantity]) => quantity !== 0)
    expect(new Map(account?.held.map(([symbol, quantity]) => [symbol, quantity]))).toEqual(new Map(atTheEnd))
  })

  it('tells what the executions alone come to', async () => {
    const { code, stdout } = await run('report', '--out', 'stage.html', '--json')
    expect(code).toBe(0)
    const [account] = dataOf('stage.html').accounts
    const fills = (await collect(stores.executions.listExecutions(PAPER)))
      .filter(({ filledQuantity }) => filledQuantity > 0n)
      .map(({ symbol, side, filledQuantity, averageFillPrice, evidence }) => ({
        symbol,
        sign: side === 'buy' ? 1 : -1,
        quantity: number(filledQuantity),
        price: number(averageFillPrice),
        at: Number((evidence?.fills.at(-1)?.at ?? 0n) / 1_000_000n),
      }))
      .sort((left, right) => left.at - right.at)
    expect(fills.length).toBeGreaterThan(20)

    const profits: number[] = []
    const open = new Map<string, { held: number; money: number }>()
    for (const { symbol, sign, quantity, price } of fills) {
      const position = open.get(symbol) ?? { held: 0, money: 0 }
      position.held += sign * quantity
      position.money -= sign * quantity * price
      open.set(symbol, position)
      if (position.held === 0) profits.push(position.money)
      if (position.held === 0) open.delete(symbol)
    }
    const wins = profits.filter((profit) => profit > 0)
    const losses = profits.filter((profit) => profit < 0)
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
    expect(account?.figures.trades).toMatchObject({
      trades: fills.length,
      roundTrips: profits.length,
      winRate: expect.closeTo(wins.length / profits.length, 9),
      averageWin: expect.closeTo(sum(wins) / wins.length, 6),
      volume: expect.closeTo(sum(fills.map(({ quantity, price }) => quantity * price)), 4),
    })

    const factor = losses.length === 0 ? null : Math.round((sum(wins) / -sum(losses)) * 1e6) / 1e6
    const told = account?.figures.trades.profitFactor ?? null
    expect(told === null ? null : Math.round(told * 1e6) / 1e6).toBe(factor)

    // the last cycle found what was dealt before it, at its own bar's close
    const lines = halfHours().split('\n')
    const last = instant('2013-10-30T20:00:00Z')
    const dealt = fills.filter(({ at }) => at < last)
    const money = 100_000 - sum(dealt.map(({ sign, quantity, price }) => sign * quantity * price))
    const worth = ['AAPL', 'MSFT'].map((symbol) => {
      const held = sum(
        dealt.filter((fill) => fill.symbol === symbol).map((fill) => fill.sign * fill.quantity),
      )
      return held * Number(lines.findLast((line) => line.includes(symbol))?.split(',')[5])
    })
    expect(account?.figures.startEquity).toBe(100_000)
    expect(account?.figures.endEquity).toBeCloseTo(money + sum(worth), 4)
    expect(jsonLines(stdout)).toMatchObject([
      { file: 'stage.html', accounts: [{ account: 'paper', trades: fills.length, start: 100_000 }] },
    ])
    expect(account?.decisions.filter(({ outcome }) => outcome === 'filled')).toHaveLength(fills.length)
  })

  it('is of the cycles that are asked for, and of none when there are none', async () => {
    const { stdout } = await runInside(
      [
        'report',
        '--stage',
        'dev',
        '--since',
        '2013-10-29T00:00:00Z',
        '--plugins',
        PLUGINS,
        '--out',
        'week.html',
      ],
      {
        folder,
        deployment,
      },
    )
    const [account] = dataOf('week.html').accounts
    const first = Date.parse('2013-10-29T00:00:00Z') / 1000
    expect(account?.decisions.every(({ at }) => at >= first)).toBe(true)
    expect(account?.counts.find(([name]) => name === 'Signals')?.[1]).toBe(2 * 13 * 2)
    expect(stdout).toMatch(/^paper +\d+ +\d+\.\d\d +\d+\.\d\d +-?\d+\.\d% /m)
    const none = await runInside(
      ['report', '--stage', 'dev', '--since', '2014-01-01T00:00:00Z', '--out', 'none.html'],
      {
        folder,
        deployment,
      },
    )
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('paper: no cycle since')])
  })
})
