/**
 * What `docs/backtest.md` promises of fills, on bars made for it: closes of half days, trade outside of sessions, missing minutes,
 * days beside minutes, coins on a weekend. What must come of each is worked out by hand beside it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { jsonLines, runInside } from '../support/run-cli.ts'

const root = mkdtempSync(join(tmpdir(), 'torghut-fills-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Orders what its parameters say of a symbol and the end of a bar. */
const PLUGIN = `export const plugins = ({ decimal }) => [{
  pluginId: 'told', version: '1.0.0', requiredFeatures: [], needs: 'price',
  evaluate({ symbol, eventTs, params }) {
    const told = params[symbol + ' ' + eventTs.slice(0, 16)]
    if (told === undefined) return null
    const [direction, notional, limit] = told.split(' ')
    const limitPrice = limit === undefined ? undefined : decimal(limit)
    return { direction, confidence: decimal('0.5'), targetNotional: decimal(notional), explain: [], limitPrice }
  },
}]`

type Told = Readonly<Record<string, string>>

interface Fills {
  readonly orders: Readonly<Record<string, number>>
  readonly denials: Readonly<Record<string, number>>
  /** When, symbol, side, quantity and price of each trade. */
  readonly trades: readonly string[]
}

async function backtest(data: readonly string[], timeframe: string, told: Told): Promise<Fills> {
  const folder = mkdtempSync(join(root, 'run-'))
  const isBars = data[0]?.startsWith('{') === false
  const head = isBars ? ['timestamp,symbol,open,high,low,close'] : []
  writeFileSync(join(folder, 'data'), `${[...head, ...data].join('\n')}\n`)
  writeFileSync(join(folder, 'p.mjs'), PLUGIN)
  const strategy = {
    id: 'one',
    name: 'one',
    strategy_type: 'told',
    version: '1.0.0',
    enabled: true,
    base_timeframe: timeframe,
    params: told,
  }
  writeFileSync(join(folder, 's.json'), JSON.stringify([strategy]))
  const words = [isBars ? '--bars' : '--signals', 'data', '--strategies', 's.json', '--plugins', 'p.mjs']
  const { code, stdout, stderr } = await runInside(['backtest', ...words, '--trades', 't.csv', '--json'], {
    folder,
    environment: { TRADING_CRYPTO_ENABLED: 'true' },
  })
  if (code !== 0) throw new Error(stderr)
  const [result] = jsonLines(stdout) as readonly { readonly accounts: readonly Omit<Fills, 'trades'>[] }[]
  const { orders = {}, denials = {} } = result?.accounts[0] ?? {}
  const rows = readFileSync(join(folder, 't.csv'), 'utf8').trimEnd().split('\n').slice(1)
  return { orders, denials, trades: rows.map((row) => row.split(',').slice(1, 6).join(' ')) }
}

const bar = (at: string, price: number, symbol = 'ABC') =>
  `${at}:00Z,${symbol},${price},${price},${price},${price}`

describe('on a half day, whose session ends at 18:00 in UTC', () => {
  // the Friday after Thanksgiving: no bar of 17:59; trade after hours at twice the price, then Monday's first minutes
  const HALF_DAY = [
    bar('2024-11-29T17:56', 1056),
    bar('2024-11-29T17:57', 1057),
    bar('2024-11-29T17:58', 1058),
    bar('2024-11-29T18:05', 2000),
    bar('2024-11-29T18:06', 2001),
    bar('2024-12-02T14:31', 3000),
    bar('2024-12-02T14:32', 3001),
  ]

  it('an order is dealt at the open of the next bar', async () => {
    // known at 17:58 at 1057, 5000 dollars are 4 shares, dealt at the open of the bar of 17:58
    expect(await backtest(HALF_DAY, '1Min', { 'ABC 2024-11-29T17:58': 'buy 5000' })).toEqual({
      orders: { filled: 1 },
      denials: {},
      trades: ['2024-11-29T17:58:00Z ABC buy 4 1058'],
    })
  })

  it('an order that meets no price before the close expires: not after hours, and not on the next day', async () => {
    expect(await backtest(HALF_DAY, '1Min', { 'ABC 2024-11-29T17:59': 'buy 5000' })).toEqual({
      orders: { expired: 1 },
      denials: {},
      trades: [],
    })
  })

  it('an order within a limit is over at once, though it would be met after hours', async () => {
    expect(await backtest(HALF_DAY, '1Min', { 'ABC 2024-11-29T17:59': 'buy 5000 2500' })).toMatchObject({
      orders: { canceled: 1 },
      trades: [],
    })
  })

  it('nothing is ordered after the close', async () => {
    expect(await backtest(HALF_DAY, '1Min', { 'ABC 2024-11-29T18:06': 'buy 5000' })).toEqual({
      orders: {},
      denials: { session_closed: 1 },
      trades: [],
    })
  })

  it('signals of before the open or after the close are no prices to deal at either', async () => {
    const signal = (at: string, price: string, seq: number) =>
      JSON.stringify({
        event_ts: `${at}:00Z`,
        symbol: 'ABC',
        timeframe: '1Min',
        seq,
        source: 'ta',
        payload: { price },
      })
    const signals = [
      signal('2024-11-29T17:57', '1057', 1),
      signal('2024-11-29T17:58', '1058', 2),
      signal('2024-11-29T18:06', '2000', 3),
      signal('2024-12-02T14:32', '3000', 4),
    ]
    const first = await backtest(signals, '1Min', { 'ABC 2024-11-29T17:57': 'buy 5000' })
    expect(first).toMatchObject({ orders: { filled: 1 }, trades: ['2024-11-29T17:57:00Z ABC buy 4 1058'] })
    const second = await backtest(signals, '1Min', { 'ABC 2024-11-29T17:58': 'buy 5000' })
    expect(second).toMatchObject({ orders: { expired: 1 }, trades: [] })
  })
})

describe('where bars are missing', () => {
  // XYZ trades each minute; ABC not from 15:02 to 15:05
  const minutes = Array.from({ length: 8 }, (_, index) => `2024-12-02T15:0${index}`)
  const GAPS = minutes.flatMap((at, index) => {
    const other = bar(at, 50, 'XYZ')
    return index >= 2 && index < 5 ? [other] : [bar(at, 100 + index), other]
  })

  it('a market order waits for the next price of its session', async () => {
    // known at 15:02 at 101; the bar of 15:05 opens at 105
    expect(await backtest(GAPS, '1Min', { 'ABC 2024-12-02T15:02': 'buy 1000' })).toMatchObject({
      orders: { filled: 1 },
      trades: ['2024-12-02T15:05:00Z ABC buy 9 105'],
    })
  })

  it.each([
    ['among others', GAPS],
    ['alone', GAPS.filter((row) => row.includes('ABC'))],
  ])('a limit order waits for nothing, whatever else is in the file: %s', async (_, bars) => {
    expect(await backtest(bars, '1Min', { 'ABC 2024-12-02T15:02': 'buy 1000 200' })).toMatchObject({
      orders: { canceled: 1 },
      trades: [],
    })
  })
})

describe('days beside minutes', () => {
  // Friday the 29th, Monday the 2nd; XYZ in minutes around Monday's open
  const MIXED = [
    '2024-11-27,ABC,90,90,90,90',
    '2024-11-29,ABC,100,110,100,110',
    '2024-12-02,ABC,120,140,120,140',
    ...['14:29', '14:30', '14:31', '14:32'].map((at, index) => bar(`2024-12-02T${at}`, 50 + index, 'XYZ')),
  ]

  it('are dealt in at the open of the session after the day, among the minutes', async () => {
    // known on Friday at 18:00 at 110, a tick at 14:31 on Monday, dealt at Monday's open of 120
    expect(await backtest(MIXED, '1Day', { 'ABC 2024-11-29T18:00': 'buy 1000' })).toMatchObject({
      trades: ['2024-12-02T14:31:00Z ABC buy 9 120'],
    })
  })
})

describe('coins', () => {
  it('of a tiny price are dealt in by the billion, and written out', async () => {
    const minutes = ['15:00', '15:01'].map((at) => {
      const price = '0.00000045'
      return `2024-11-30T${at}:00Z,SHIB/USD,${price},${price},${price},${price}`
    })
    expect(await backtest(minutes, '1Min', { 'SHIB/USD 2024-11-30T15:01': 'buy 900' })).toMatchObject({
      trades: ['2024-11-30T15:01:00Z SHIB/USD buy 2000000000 0.00000045'],
    })
  })

  it('are dealt in on a Saturday, where shares are not', async () => {
    const saturday = ['15:00', '15:01', '15:02'].flatMap((at, index) =>
      ['BTC/USD', 'ABC'].map((symbol) => bar(`2024-11-30T${at}`, 100 + index, symbol)),
    )
    const told = { 'BTC/USD 2024-11-30T15:01': 'buy 1000', 'ABC 2024-11-30T15:01': 'buy 1000' }
    expect(await backtest(saturday, '1Min', told)).toEqual({
      orders: { filled: 1 },
      denials: { session_closed: 1 },
      // a thousand at the price that was seen, 100, dealt at 101
      trades: ['2024-11-30T15:01:00Z BTC/USD buy 10 101'],
    })
  })
})
