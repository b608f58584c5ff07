/** `torghut exchange` as a process of its own, used through the official JavaScript SDK, until it is interrupted. */
import { marketData, trading } from '@alpacahq/alpaca-trade-api/rest'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { spawnCli } from '../support/run-cli.ts'
import { SpawnedExchange, type StartedExchange } from '../support/spawned-exchange.ts'

let folder: string
const exchange = new SpawnedExchange()

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'torghut-exchange-'))
})
afterEach(() => {
  exchange.kill()
  rmSync(folder, { recursive: true })
})

const start = (words: readonly string[]) => exchange.start(words, folder)

/** The SDK's typed calls for one of the accounts. */
function client({ base_url: basePath, accounts }: StartedExchange, label: string) {
  const key = accounts.find((account) => account.label === label)
  const configuration = new trading.Configuration({
    basePath,
    keyId: key?.key_id ?? '',
    secret: key?.secret ?? '',
    timeoutMs: 60_000,
  })
  return {
    accounts: new trading.AccountsApi(configuration),
    assets: new trading.AssetsApi(configuration),
    calendar: new trading.CalendarApi(configuration),
    clock: new trading.ClockApi(configuration),
    orders: new trading.OrdersApi(configuration),
    positions: new trading.PositionsApi(configuration),
  }
}

const BUY = { symbol: 'AAPL', qty: '3', side: 'buy', type: 'market', timeInForce: 'day' } as const

describe('torghut exchange', () => {
  it('serves the official SDK: account, orders, positions, calendar and clock', async () => {
    writeFileSync(join(folder, 'prices.txt'), 'AAPL=100\n\nBTC/USD=60000\n')
    const accounts = '--account alpha:100000 --account beta:5000'
    const started = await start(`${accounts} --always-open --prices prices.txt --price AAPL=190`.split(' '))
    const alpha = client(started, 'alpha')
    expect((await client(started, 'beta').accounts.getAccount()).cash).toBe('5000')

    const placed = await alpha.orders.postOrder({ postOrderRequest: { ...BUY, clientOrderId: 'sdk-1' } })
    expect(placed).toMatchObject({ clientOrderId: 'sdk-1', status: 'new', qty: '3' })
    const found = await alpha.orders.getOrderByClientOrderId({ clientOrderId: 'sdk-1' })
    expect(found).toMatchObject({ id: placed.id, status: 'filled', filledAvgPrice: '190' })
    expect(await alpha.orders.getOrderByOrderID({ orderId: placed.id ?? '' })).toEqual(found)
    expect(await alpha.orders.getAllOrders({ status: 'all' })).toHaveLength(1)
    expect(await alpha.positions.getAllOpenPositions()).toMatchObject([{ symbol: 'AAPL', qty: '3' }])
    expect((await alpha.accounts.getAccount()).cash).toBe('99430')

    expect(await alpha.clock.legacyClock()).toMatchObject({ isOpen: true })
    // a year of open days, since it never closes
    expect((await alpha.calendar.legacyCalendar()).length).toBeGreaterThanOrEqual(365)
  })

  it('answers 404 to what it does not offer', async () => {
    const { assets, positions } = client(await start(['--price', 'AAPL=190', '--always-open']), 'paper')
    const calls = [
      () => positions.getOpenPosition({ symbolOrAssetId: 'AAPL' }),
      () => positions.deleteOpenPosition({ symbolOrAssetId: 'AAPL' }),
      () => assets.getV2Assets(),
    ]
    for (const call of calls) await expect(call()).rejects.toMatchObject({ status: 404 })
  })

  it('does wrong what it was told to, once', async () => {
    const faults = ['--fault', 'POST /v2/orders=500_after_accept', '--fault', 'GET /v2/account=429']
    const started = await start(['--price', 'AAPL=190', '--always-open', ...faults])
    const { accounts, orders } = client(started, 'paper')
    const postOrderRequest = { ...BUY, clientOrderId: 'sdk-1' }
    await expect(orders.postOrder({ postOrderRequest })).rejects.toMatchObject({ status: 500 })
    await expect(orders.postOrder({ postOrderRequest })).rejects.toMatchObject({ status: 422 })
    expect(await orders.getOrderByClientOrderId({ clientOrderId: 'sdk-1' })).toMatchObject({ qty: '3' })
    await expect(accounts.getAccount()).rejects.toMatchObject({ status: 429 })
    expect((await accounts.getAccount()).cash).toBe('99430')
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('ends in peace at %s', async (signal) => {
    await start([])
    expect(await exchange.interrupt(signal)).toEqual([0, null])
  })

  it.each([
    [['--account', 'alpha'], 'allowed: LABEL:DOLLARS'],
    [['--price', 'AAPL=0'], 'allowed: SYMBOL=PRICE'],
    [['--fault', 'POST /v2/order=429'], 'did you mean POST /v2/orders?'],
    [['--fault', 'POST /v2/orders=430'], '--fault kind: found "430"'],
    [['--prices', 'none.txt'], 'none.txt'],
    [['--account', 'a:1', '--account', 'a:2'], 'a label of its own'],
    [['--port', '70000'], 'a whole number from 0 to 65535'],
    [['--market-clock', 'shifted'], '--market-clock: found no --bars'],
  ])('refuses %j', async (words, message) => {
    const { code, stdout, stderr } = await spawnCli(['exchange', ...words], { folder })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })

  it('shows the bars of a file as if they were of today, and fills orders at their prices', async () => {
    const rows = ['timestamp,symbol,open,high,low,close,volume']
    for (let minute = 0; minute < 3; minute += 1) {
      rows.push(`2013-10-01T13:3${minute}:00Z,AAPL,${478 + minute},490,470,${478.5 + minute},100`)
    }
    writeFileSync(join(folder, 'bars.csv'), rows.join('\n'))
    const begun = Date.now()
    // the third bar begins now, so the second has closed just before
    const words = ['--bars', 'bars.csv', '--market-clock', 'shifted', '--market-from', '2013-10-01T13:32:00Z']
    const started = await start([...words, '--always-open'])
    const [key] = started.accounts
    const stocks = new marketData.StockApi(
      new marketData.Configuration({
        basePath: started.base_url,
        keyId: key?.key_id ?? '',
        secret: key?.secret ?? '',
      }),
    )
    const latest = async () => (await stocks.stockLatestBars({ symbols: 'AAPL', feed: 'iex' })).bars['AAPL']
    const paper = client(started, 'paper')
    const dealt = async (clientOrderId: string) => {
      await paper.orders.postOrder({ postOrderRequest: { ...BUY, clientOrderId } })
      return paper.orders.getOrderByClientOrderId({ clientOrderId })
    }
    let [before, filled, after] = [await latest(), await dealt('in-the-market'), await latest()]
    // a minute may end in between: the file has no bar after that, and so no minute that ends it again
    if (before?.o !== after?.o) [before, filled, after] = [after, await dealt('once-more'), await latest()]
    expect(before).toEqual(after)
    const isLate = before?.o === 480
    expect(before).toMatchObject(isLate ? { o: 480, c: 480.5 } : { o: 479, c: 479.5 })
    expect(filled).toMatchObject({ status: 'filled', filledAvgPrice: isLate ? '480.5' : '480' })
    // of a whole minute, the one that had ended when the exchange was started, or the next
    const endedAt = (before?.t.getTime() ?? 0) + 60_000
    expect(endedAt % 60_000).toBe(0)
    expect(endedAt).toBeGreaterThanOrEqual(begun - (begun % 60_000))
    expect(endedAt).toBeLessThanOrEqual(Date.now())
    const refused = await stocks
      .stockLatestBars({ symbols: 'AAPL', feed: 'sip' })
      .catch((error: unknown) => error)
    expect(String(refused)).toContain('subscription does not permit querying recent SIP data')
  })
})
