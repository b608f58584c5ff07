/** The paper exchange's requests: listing and paging orders, ordered faults, running without an owner. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { StateError } from '../../lib/domain/errors.ts'
import { appendLogFile } from '../../lib/adapters/files/append-log-file.ts'
import { keepHours } from '../../lib/exchange/market-hours.ts'
import { PaperExchange } from '../../lib/exchange/paper-exchange.ts'
import { createCalendar } from '../../lib/market/calendar/create-calendar.ts'
import { limitsByHand, passInSilence } from '../support/limits-by-hand.ts'
import {
  ALPHA,
  ALPHA_KEY,
  BETA,
  BETA_KEY,
  brokerOf,
  HandClock,
  openExchange,
  order,
  type TestExchange,
  type TestExchangeOptions,
} from '../support/paper-exchange-fixture.ts'

const opened: TestExchange[] = []
const PRICES = { AAPL: decimal('100'), SPX: decimal('1277') }

async function start(options: Partial<TestExchangeOptions> = {}): Promise<TestExchange> {
  const exchange = await openExchange({ alwaysOpen: true, prices: PRICES, ...options })
  opened.push(exchange)
  return exchange
}

async function get(exchange: TestExchange, path: string): Promise<{ status: number; body: unknown }> {
  const headers = { 'APCA-API-KEY-ID': ALPHA_KEY.keyId, 'APCA-API-SECRET-KEY': ALPHA_KEY.secret }
  const response = await fetch(`${exchange.baseUrl}${path}`, { headers })
  return { status: response.status, body: await response.json() }
}

afterEach(async () => {
  for (const exchange of opened.splice(0)) await exchange.stop()
})

describe('GET /v2/orders', () => {
  /** Five orders, a minute apart: o0 to o4; o1 is of SPX, o3 is canceled. */
  async function fiveOrders(): Promise<TestExchange> {
    const clock = new HandClock('2012-01-03T15:00:00Z')
    const exchange = await start({ clock })
    const broker = brokerOf(exchange)
    for (let minute = 0; minute < 5; minute += 1) {
      clock.set(`2012-01-03T15:0${minute}:00Z`)
      const symbol = minute === 1 ? 'SPX' : 'AAPL'
      const answer = await broker.submit(order(`o${minute}`, { symbol, quantity: decimal('1') }))
      if (minute === 3 && answer.kind === 'accepted') await broker.cancel(answer.order.alpacaOrderId)
    }
    return exchange
  }

  it.each([
    ['', ['o4', 'o2', 'o1', 'o0']],
    ['status=all', ['o4', 'o3', 'o2', 'o1', 'o0']],
    ['status=closed', ['o3']],
    ['direction=asc', ['o0', 'o1', 'o2', 'o4']],
    ['limit=2', ['o4', 'o2']],
    ['direction=asc&limit=2', ['o0', 'o1']],
    ['status=all&after=2012-01-03T15:01:00Z', ['o4', 'o3', 'o2']],
    ['status=all&until=2012-01-03T15:01:00Z', ['o0']],
    ['status=all&after=2012-01-04', []],
    ['symbols=SPX,IBM', ['o1']],
    ['side=sell', []],
  ])('?%s', async (query, expected) => {
    const { body } = await get(await fiveOrders(), `/v2/orders?${query}`)
    expect((body as { client_order_id: string }[]).map((each) => each.client_order_id)).toEqual(expected)
  })

  it('pages by order id, though the order has gone from the list', async () => {
    const exchange = await fiveOrders()
    const id = exchange.orders(ALPHA)[3]?.id
    const after = await get(exchange, `/v2/orders?direction=asc&after_order_id=${id}`)
    const before = await get(exchange, `/v2/orders?limit=1&before_order_id=${id}`)
    expect(after.body).toMatchObject([{ client_order_id: 'o4' }])
    expect(before.body).toMatchObject([{ client_order_id: 'o2' }])
  })

  it.each(['limit=501', 'limit=x', 'status=some', 'direction=up', 'after=noon', 'after_order_id=none'])(
    'refuses ?%s',
    async (query) => {
      expect((await get(await start(), `/v2/orders?${query}`)).status).toBe(422)
    },
  )

  it('tells a malformed order id from an unknown one, and knows no other endpoints', async () => {
    const exchange = await start()
    const unknown = '00000000-0000-4000-8000-000000000000'
    const paths = ['/v2/orders/abc', `/v2/orders/${unknown}`, '/v2/assets']
    const statuses = await Promise.all(paths.map(async (path) => (await get(exchange, path)).status))
    expect(statuses).toEqual([422, 404, 404])
  })
})

describe('faults', () => {
  const limitsPass = limitsByHand()

  it('happen as often as ordered, to the account they were ordered for', async () => {
    const exchange = await start()
    exchange.failNext({ on: 'POST /v2/orders', kind: '500', times: 2, account: BETA })
    const [alpha, beta] = [brokerOf(exchange), brokerOf(exchange, BETA_KEY)]
    const kinds = [await alpha.submit(order('a'))]
    for (const id of ['b', 'b', 'b']) kinds.push(await beta.submit(order(id)))
    expect(kinds.map(({ kind }) => kind)).toEqual(['accepted', 'ambiguous', 'ambiguous', 'accepted'])
  })

  it.each([
    ['500', false],
    ['500_after_accept', true],
    ['malformed_after_accept', true],
    ['empty_after_accept', true],
    ['disconnect_before_accept', false],
    ['disconnect_after_accept', true],
    ['timeout_before_accept', false],
    ['timeout_after_accept', true],
  ] as const)('%s leaves the sender in doubt; order taken: %s', async (kind, taken) => {
    const exchange = await start()
    exchange.failNext({ on: 'POST /v2/orders', kind })
    passInSilence(exchange.faults, limitsPass)
    const broker = brokerOf(exchange)
    expect((await broker.submit(order('a'))).kind).toBe('ambiguous')
    await expect.poll(() => exchange.server.requestCounts(ALPHA)['POST /v2/orders']).toBe(1)
    await expect.poll(() => exchange.orders(ALPHA)).toHaveLength(taken ? 1 : 0)
  })

  it('can be called off, and answers can be slow', async () => {
    const exchange = await start()
    exchange.failNext({ on: 'GET /v2/account', kind: '503', times: 9 })
    exchange.faults.clear()
    exchange.server.latencyMs = 30
    const before = performance.now()
    await brokerOf(exchange).snapshot()
    expect(performance.now() - before).toBeGreaterThan(50)
  })

  it('of its own are told to its owner, and to the client as a 500', async () => {
    const clock = new HandClock('2012-01-03T15:00:00Z')
    const faults: unknown[] = []
    const exchange = await start({ clock, onFault: (error) => faults.push(error) })
    const broken = new StateError('broken')
    clock.now = () => {
      throw broken
    }
    expect(await brokerOf(exchange).submit(order('a'))).toEqual({ kind: 'ambiguous', reason: 'status 500' })
    expect(faults).toEqual([broken])
    expect(exchange.orders(ALPHA)).toEqual([])
  })

  it('of its own log are an order that was not taken', () => {
    const folder = mkdtempSync(join(tmpdir(), 'paper-exchange-'))
    const exchange = new PaperExchange({
      log: appendLogFile(join(folder, 'exchange.jsonl')),
      clock: new HandClock('2012-01-03T15:00:00Z'),
      alwaysOpen: true,
    })
    exchange.openAccount({ label: ALPHA, cash: decimal('1000') })
    exchange.markPrices(PRICES)
    exchange.close()
    const body = { symbol: 'AAPL', qty: '1', side: 'buy', type: 'market', time_in_force: 'day' }
    expect(() => exchange.placeOrder(ALPHA, body)).toThrow(StateError)
    expect(exchange.account(ALPHA).orders.size).toBe(0)
    rmSync(folder, { recursive: true })
  })
})

it('runs without an owner: always open, orders fill at once, their answers still say new', async () => {
  const clock = new HandClock('2012-01-07T03:00:00Z')
  const exchange = await start({ clock, autoFill: true })
  const broker = brokerOf(exchange)
  expect(await broker.submit(order('a'))).toMatchObject({ kind: 'accepted', order: { status: 'new' } })
  expect(await broker.findByClientOrderId(order('a').clientOrderId)).toMatchObject({
    order: { status: 'filled', averageFillPrice: decimal('100') },
  })
  expect(exchange.tradeUpdatesAfter(0).map(({ message }) => message.data.event)).toEqual(['new', 'fill'])
  expect((await get(exchange, '/v2/clock')).body).toMatchObject({ is_open: true })
  const saturday = await get(exchange, '/v2/calendar?start=2012-01-07&end=2012-01-08')
  expect(saturday.body).toMatchObject([{ date: '2012-01-07', open: '00:00' }, { date: '2012-01-08' }])
})

it('keeps the hours of the calendar by itself: what is sent outside them fills when the next session opens', async () => {
  const clock = new HandClock('2012-01-06T14:29:59Z')
  const exchange = await start({ clock, alwaysOpen: false, autoFill: true })
  const calendar = createCalendar('us_equities')
  const broker = brokerOf(exchange)
  const passTo = async (text: string, id: string) => {
    clock.set(text)
    keepHours(exchange, calendar)
    await broker.submit(order(id))
    return exchange.orders(ALPHA).map(({ status }) => status)
  }
  expect(await passTo('2012-01-06T14:29:59Z', 'before')).toEqual(['accepted'])
  expect(await passTo('2012-01-06T14:30:00Z', 'open')).toEqual(['filled', 'filled'])
  expect(await passTo('2012-01-06T21:00:00Z', 'after')).toEqual(['filled', 'filled', 'accepted'])
  exchange.markPrices({ AAPL: decimal('101') })
  expect(await passTo('2012-01-07T15:00:00Z', 'Saturday')).toEqual([
    'filled',
    'filled',
    'accepted',
    'accepted',
  ])
  expect(await passTo('2012-01-09T14:30:00Z', 'Monday')).toEqual(Array(5).fill('filled'))
  expect(exchange.orders(ALPHA).map((one) => one.filled_avg_price)).toEqual([
    '100',
    '100',
    '101',
    '101',
    '101',
  ])
})
