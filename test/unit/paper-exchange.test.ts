/** The paper exchange as the world outside: what it keeps, what it is worth, what it refuses. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { decimal, formatDecimal } from '../../lib/domain/decimal.ts'
import { ConfigurationError, InUseError, StateError } from '../../lib/domain/errors.ts'
import { appendLogFile } from '../../lib/adapters/files/append-log-file.ts'
import { feedMessage } from '../../lib/exchange/wire-order.ts'
import { normalizeTradeUpdate } from '../../lib/orders/order-feed/normalize.ts'
import {
  ALPHA,
  ALPHA_KEY,
  BETA,
  BETA_KEY,
  brokerOf,
  HandClock,
  openExchange,
  order,
  session,
  type TestExchange,
  type TestExchangeOptions,
} from '../support/paper-exchange-fixture.ts'

const opened: TestExchange[] = []
const folders: string[] = []

async function start(options: Partial<TestExchangeOptions> = {}): Promise<TestExchange> {
  const exchange = await openExchange(options)
  opened.push(exchange)
  return exchange
}

function logFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'paper-exchange-'))
  folders.push(folder)
  return join(folder, 'exchange.jsonl')
}

/** A request as any client could send it. */
function ask(exchange: TestExchange, method: string, path: string, body?: unknown, key = ALPHA_KEY) {
  return fetch(`${exchange.baseUrl}${path}`, {
    method,
    headers: { 'APCA-API-KEY-ID': key.keyId, 'APCA-API-SECRET-KEY': key.secret },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

function everything(exchange: TestExchange) {
  return [ALPHA, BETA].map((label) => ({
    statement: exchange.statement(label),
    orders: exchange.orders(label),
    updates: exchange.tradeUpdatesAfter(0),
    session: exchange.session,
  }))
}

afterEach(async () => {
  for (const exchange of opened.splice(0)) await exchange.stop()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

describe('what an account is worth', () => {
  /** [cash, equity, last equity, buying power] */
  async function worth(exchange: TestExchange): Promise<string[]> {
    const { balance } = await brokerOf(exchange).snapshot()
    return [balance.cash, balance.equity, balance.lastEquity, balance.buyingPower].map(formatDecimal)
  }

  it('follows fills, prices and sessions', async () => {
    const clock = new HandClock('2012-01-03T14:31:00Z')
    const exchange = await start({ clock })
    const broker = brokerOf(exchange)
    exchange.openSession(session('2012-01-03', { AAPL: '411' }))
    await broker.submit(order('a', { quantity: decimal('100') }))
    // an open order of 100 x 411 is set aside: 2 x 100,000 - 41,100
    expect(await worth(exchange)).toEqual(['100000', '100000', '100000', '158900'])
    exchange.fillPending()
    expect(await worth(exchange)).toEqual(['58900', '100000', '100000', '158900'])
    exchange.markPrices({ AAPL: decimal('420') })
    // 58,900 + 100 x 420; 2 x 100,900 - 42,000
    expect(await worth(exchange)).toEqual(['58900', '100900', '100000', '159800'])

    clock.set('2012-01-04T14:31:00Z')
    exchange.openSession(session('2012-01-04', { AAPL: '410.5' }))
    // last equity is what it was worth when the session before ended
    expect(await worth(exchange)).toEqual(['58900', '99950', '100900', '158850'])
    // no order takes a position through zero, so two of them
    await broker.submit(order('b', { side: 'sell', quantity: decimal('100') }))
    exchange.fillPending()
    await broker.submit(order('c', { side: 'sell', quantity: decimal('50') }))
    exchange.fillPending()
    // sold 150 at 410.5, so 50 short: 120,475 - 20,525; 2 x 99,950 - 20,525
    expect(await worth(exchange)).toEqual(['120475', '99950', '100900', '179375'])
    expect((await broker.snapshot()).positions).toEqual([
      {
        symbol: 'AAPL',
        quantity: decimal('-50'),
        marketValue: decimal('-20525'),
        // sold short at 410.5
        averageEntryPrice: decimal('410.5'),
      },
    ])
    exchange.markPrices({ AAPL: decimal('400') })
    expect(await worth(exchange)).toEqual(['120475', '100475', '100900', '180950'])
  })

  it('averages the entry price over what was bought', async () => {
    const exchange = await start()
    exchange.openSession(session('2012-01-03', { AAPL: '100' }))
    await brokerOf(exchange).submit(order('a', { quantity: decimal('10') }))
    exchange.fillPending()
    exchange.openSession(session('2012-01-04', { AAPL: '110' }))
    await brokerOf(exchange).submit(order('b', { quantity: decimal('30'), timeInForce: 'gtc' }))
    exchange.openSession(session('2012-01-05', { AAPL: '110' }))
    exchange.fillPending()
    const positions: unknown = await (await ask(exchange, 'GET', '/v2/positions')).json()
    // (10 x 100 + 30 x 110) / 40
    expect(positions).toMatchObject([{ symbol: 'AAPL', qty: '40', avg_entry_price: '107.5', side: 'long' }])
  })
})

describe('what it refuses', () => {
  async function refusal(body: object, options: Partial<TestExchangeOptions> = {}) {
    const exchange = await start({ alwaysOpen: true, prices: PRICES, ...options })
    const defaults = { symbol: 'AAPL', qty: '1', side: 'buy', type: 'market', time_in_force: 'day' }
    const response = await ask(exchange, 'POST', '/v2/orders', { ...defaults, ...body })
    return { status: response.status, body: await response.json() }
  }
  const PRICES = { AAPL: decimal('411'), 'BTC/USD': decimal('5') }

  it.each([
    // 486 x 411 = 199,746 and 487 x 411 = 200,157, against twice the cash
    [{ qty: '487' }, 403, { code: 40310000, message: 'insufficient buying power', cost_basis: '200157' }],
    [{ qty: '0.5', time_in_force: 'gtc' }, 422, { message: 'fractional orders must be DAY orders' }],
    [{ qty: '0' }, 422, { code: 42210000 }],
    [{ symbol: 'NONE' }, 422, { code: 42210000, message: 'asset "NONE" not found' }],
    [{ symbol: 'BTC/USD' }, 422, { message: 'invalid crypto time_in_force' }],
    [{ symbol: 'BTC/USD', time_in_force: 'gtc', side: 'sell' }, 403, { code: 40310000 }],
    [{ side: 'hold' }, 422, { code: 40010001 }],
    [{ type: 'stop' }, 422, { code: 42210000 }],
    [{ type: 'limit' }, 422, { code: 42210000, message: 'limit orders require a limit price' }],
    [{ type: 'limit', limit_price: '205.123' }, 422, { code: 42210000 }],
    [{ limit_price: '205' }, 422, { code: 42210000 }],
    [{ client_order_id: 'x'.repeat(129) }, 422, { code: 40010001 }],
  ])('%j', async (body, status, expected) => {
    expect(await refusal(body)).toMatchObject({ status, body: expected })
  })

  it('takes the largest order it can, and fractions', async () => {
    expect(await refusal({ qty: '486' })).toMatchObject({ status: 200 })
    expect(await refusal({ qty: '0.5' })).toMatchObject({ status: 200 })
    const crypto = { symbol: 'BTC/USD', time_in_force: 'gtc' }
    // at 5: no coins for less than ten dollars
    expect(await refusal({ ...crypto, qty: '2.00000001' })).toMatchObject({ status: 200 })
    expect(await refusal({ ...crypto, qty: '1.99999999' })).toMatchObject({ status: 403 })
  })

  it('lets only an account that may sell short do so', async () => {
    const short = { side: 'sell' }
    expect(await refusal(short)).toMatchObject({ status: 200 })
    const accounts = [{ label: ALPHA, ...ALPHA_KEY, cash: decimal('1000'), shortingEnabled: false }]
    expect(await refusal(short, { accounts })).toMatchObject({ status: 403 })
  })
})

describe('accounts are kept apart', () => {
  it('by key: 401 for an unknown one, 403 for a wrong secret', async () => {
    const exchange = await start()
    const unknown = await ask(exchange, 'GET', '/v2/account', undefined, { keyId: 'x', secret: 'y' })
    const wrong = await ask(exchange, 'GET', '/v2/account', undefined, { ...ALPHA_KEY, secret: 'y' })
    const mixed = await ask(exchange, 'GET', '/v2/account', undefined, {
      ...ALPHA_KEY,
      secret: BETA_KEY.secret,
    })
    expect([unknown.status, wrong.status, mixed.status]).toEqual([401, 403, 403])
    expect(exchange.server.requestCounts(ALPHA)).toEqual({})
  })

  it('in orders, client order ids, positions and cash', async () => {
    const exchange = await start({ alwaysOpen: true, autoFill: true, prices: { AAPL: decimal('100') } })
    const [alpha, beta] = [brokerOf(exchange), brokerOf(exchange, BETA_KEY)]
    const mine = await alpha.submit(order('same'))
    const theirs = await beta.submit(order('same', { quantity: decimal('3') }))
    if (mine.kind !== 'accepted' || theirs.kind !== 'accepted') throw new Error('not accepted')
    expect(mine.order.alpacaOrderId).not.toBe(theirs.order.alpacaOrderId)
    expect(await beta.cancel(mine.order.alpacaOrderId)).toEqual({ kind: 'not_cancellable' })
    const wanted = await ask(exchange, 'GET', `/v2/orders/${mine.order.alpacaOrderId}`, undefined, BETA_KEY)
    expect(wanted.status).toBe(404)
    expect((await alpha.snapshot()).positions[0]?.quantity).toBe(decimal('10'))
    expect((await beta.snapshot()).positions[0]?.quantity).toBe(decimal('3'))
    expect(exchange.server.requestCounts(BETA)['POST /v2/orders']).toBe(1)
  })

  it('refuses accounts that share a key', async () => {
    const key = { ...ALPHA_KEY, cash: decimal('1') }
    const accounts = [
      { label: ALPHA, ...key },
      { label: BETA, ...key },
    ]
    await expect(start({ accounts })).rejects.toThrow(ConfigurationError)
  })
})

describe('its log', () => {
  async function someTrading(file: string): Promise<TestExchange> {
    const clock = new HandClock('2012-01-03T14:31:00Z')
    const exchange = await start({ clock, log: appendLogFile(file) })
    exchange.openSession(session('2012-01-03', { AAPL: '411', SPX: '1277' }))
    for (const key of [ALPHA_KEY, BETA_KEY]) {
      const broker = brokerOf(exchange, key)
      await broker.submit(order('filled'))
      const answer = await broker.submit(order('canceled', { symbol: 'SPX' }))
      if (answer.kind === 'accepted') await broker.cancel(answer.order.alpacaOrderId)
      await broker.submit(order('half', { side: 'sell', quantity: decimal('4'), symbol: 'SPX' }))
    }
    exchange.fillPending({ portion: decimal('0.5') })
    clock.set('2012-01-03T22:00:00Z')
    await brokerOf(exchange).submit(order('waiting'))
    exchange.markPrices({ AAPL: decimal('415') })
    return exchange
  }

  it('brings everything back after the process died, and again the same', async () => {
    const file = logFile()
    const before = everything(await someTrading(file))
    // The first one is still there, unclosed: nothing of it was written at exit.
    const after = await start({ log: appendLogFile(file), clock: new HandClock('2012-01-04T14:31:00Z') })
    expect(everything(after)).toEqual(before)
    expect(await brokerOf(after).submit(order('filled'))).toMatchObject({ kind: 'unprocessable' })

    after.openSession(session('2012-01-04', { AAPL: '411', SPX: '1277' }))
    expect(after.orders(ALPHA).map(({ client_order_id: id, status }) => [id, status])).toEqual([
      ['filled', 'expired'],
      ['canceled', 'canceled'],
      ['half', 'expired'],
      ['waiting', 'new'],
    ])
  })

  it('holds no credential', async () => {
    const file = logFile()
    await someTrading(file)
    for (const { keyId, secret } of [ALPHA_KEY, BETA_KEY]) {
      expect(readFileSync(file, 'utf8')).not.toContain(keyId)
      expect(readFileSync(file, 'utf8')).not.toContain(secret)
    }
  })

  it('drops a torn last line and goes on after it', async () => {
    const file = logFile()
    const before = everything(await someTrading(file))
    appendFileSync(file, '{"type":"order_filled","at":"2012-01-')
    const after = await start({ log: appendLogFile(file) })
    expect(everything(after)).toEqual(before)
    after.fillPending()
    const filled = everything(after)
    expect(everything(await start({ log: appendLogFile(file) }))).toEqual(filled)
    expect(filled).not.toEqual(before)
  })

  it.each([
    ['not JSON', () => '{"type":'],
    ['of an unknown kind', () => '{"type":"merged","at":"2012-01-03T14:31:00Z"}'],
    ['twice', (line: string) => `${line}\n${line}`],
  ])('stops at a line that is %s, naming file and line', async (_, corrupt) => {
    const file = logFile()
    await someTrading(file)
    const lines = readFileSync(file, 'utf8').split('\n')
    lines[5] = corrupt(lines[5] ?? '')
    writeFileSync(file, lines.join('\n'))
    const failure = start({ log: appendLogFile(file) })
    await expect(failure).rejects.toThrow(StateError)
    await expect(failure).rejects.toThrow(/exchange\.jsonl:[67]: /)
  })

  it('is refused when another version wrote it', async () => {
    const file = logFile()
    writeFileSync(file, '{"paper_exchange_log":2}\n')
    await expect(start({ log: appendLogFile(file) })).rejects.toThrow(/exchange\.jsonl:1: /)
  })

  it('makes the owner’s steps harmless when they are done again', async () => {
    const exchange = await someTrading(logFile())
    const before = everything(exchange)
    const prices = { AAPL: '411', SPX: '1277' }
    expect(exchange.openSession(session('2012-01-03', prices))).toEqual({ kind: 'already_open' })
    expect(exchange.openSession(session('2012-01-02', prices))).toEqual({ kind: 'past' })
    expect(everything(exchange)).toEqual(before)
    expect(() => exchange.openSession(session('2012-01-03', { AAPL: '1' }))).toThrow(StateError)
  })
})

describe('what it tells and when', () => {
  it('lets an order sent after hours wait for the next session, and fill at a price of that session', async () => {
    const clock = new HandClock('2012-01-03T22:00:00Z')
    const exchange = await start({ clock })
    exchange.openSession(session('2012-01-03', { AAPL: '411', SPX: '1277' }))
    await brokerOf(exchange).submit(order('a'))
    await brokerOf(exchange).submit(order('b', { symbol: 'SPX' }))
    expect(exchange.fillPending()).toBe(0)
    clock.set('2012-01-04T14:31:00Z')
    exchange.openSession(session('2012-01-04', { AAPL: '410' }))
    expect(exchange.fillPending()).toBe(1)
    const told = exchange
      .tradeUpdatesAfter(0)
      .map(({ sequence, message: { data } }) => [
        sequence,
        data.event,
        data.order.symbol,
        data.order.status,
        data.order.filled_avg_price,
      ])
    expect(told).toEqual([
      [1, 'accepted', 'AAPL', 'accepted', null],
      [2, 'accepted', 'SPX', 'accepted', null],
      [3, 'new', 'AAPL', 'new', null],
      [4, 'new', 'SPX', 'new', null],
      [5, 'fill', 'AAPL', 'filled', '410'],
    ])
    expect(exchange.tradeUpdatesAfter(4).map(({ sequence }) => sequence)).toEqual([5])
    const [fill] = exchange.tradeUpdatesAfter(4)
    expect(fill?.message.data).toMatchObject({ price: '410', qty: '10', position_qty: '10' })
  })

  it('speaks to the order feed in both envelopes and in the stream’s own', async () => {
    const exchange = await start({ alwaysOpen: true, autoFill: true, prices: { AAPL: decimal('100') } })
    await brokerOf(exchange, BETA_KEY).submit(order('a'))
    const [, fill] = exchange.tradeUpdatesAfter(0)
    if (fill === undefined) throw new Error('no fill')
    const texts = [feedMessage(fill, 'v1'), feedMessage(fill, 'v2'), JSON.stringify(fill.message)]
    const events = texts.map((value) =>
      normalizeTradeUpdate({ topic: 'torghut.trade-updates', value, defaultAccountLabel: ALPHA }),
    )
    const said = { clientOrderId: 'a', status: 'filled', filledQuantity: decimal('10'), symbol: 'AAPL' }
    expect(events).toMatchObject([
      { event: { ...said, accountLabel: ALPHA, feedSeq: 2 } },
      { event: { ...said, accountLabel: BETA, feedSeq: 2 } },
      { event: { ...said, accountLabel: ALPHA, feedSeq: null } },
    ])
  })

  it('gives equal ids and updates in equal runs', async () => {
    const runs = []
    for (let run = 0; run < 2; run += 1) {
      const exchange = await start({ alwaysOpen: true, autoFill: true, prices: { AAPL: decimal('100') } })
      await brokerOf(exchange).submit(order('a'))
      await ask(exchange, 'POST', '/v2/orders', {
        symbol: 'AAPL',
        qty: '1',
        side: 'sell',
        type: 'market',
        time_in_force: 'day',
      })
      runs.push(everything(exchange))
    }
    expect(runs[0]).toEqual(runs[1])
  })

  it('has a clock, a calendar, and cancels everything at once', async () => {
    const clock = new HandClock('2012-01-06T15:00:00Z')
    const exchange = await start({ clock })
    exchange.openSession(session('2012-01-06', { AAPL: '422' }))
    await brokerOf(exchange).submit(order('a'))
    expect(await (await ask(exchange, 'GET', '/v2/clock')).json()).toEqual({
      timestamp: '2012-01-06T15:00:00Z',
      is_open: true,
      next_open: '2012-01-09T14:30:00Z',
      next_close: '2012-01-06T21:00:00Z',
    })
    const calendar: unknown = await (await ask(exchange, 'GET', '/v2/calendar?start=2012-01-01')).json()
    expect(calendar).toMatchObject([{ date: '2012-01-06', open: '09:30', close: '16:00' }])
    expect((await ask(exchange, 'DELETE', '/v2/orders')).status).toBe(207)
    expect(exchange.orders(ALPHA).map(({ status }) => status)).toEqual(['canceled'])
  })

  it('says when its port is taken', async () => {
    const exchange = await start()
    const port = Number(new URL(exchange.baseUrl).port)
    await expect(start({ port })).rejects.toThrow(InUseError)
  })
})
