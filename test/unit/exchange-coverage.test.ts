/**
 * What the paper exchange refuses of an account that holds something, as Alpaca does; bodies as the broker's users report
 * them (sources in lib/exchange/coverage.ts).
 */
import { afterEach, describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import {
  ALPHA,
  ALPHA_KEY,
  openExchange,
  session,
  type TestExchange,
} from '../support/paper-exchange-fixture.ts'

const exchanges: TestExchange[] = []

afterEach(async () => {
  for (const exchange of exchanges.splice(0)) await exchange.stop()
})

const PRICES = { AAPL: '100', 'BTC/USD': '50000', 'ETH/BTC': '0.05' }

async function start(): Promise<TestExchange> {
  const exchange = await openExchange()
  exchanges.push(exchange)
  exchange.openSession(session('2012-01-03', PRICES))
  return exchange
}

const shares = { symbol: 'AAPL', type: 'market', time_in_force: 'day' }
const coins = { symbol: 'BTC/USD', type: 'market', time_in_force: 'gtc' }

async function post(exchange: TestExchange, body: object) {
  const response = await fetch(`${exchange.baseUrl}/v2/orders`, {
    method: 'POST',
    headers: { 'APCA-API-KEY-ID': ALPHA_KEY.keyId, 'APCA-API-SECRET-KEY': ALPHA_KEY.secret },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

async function hold(exchange: TestExchange, body: object): Promise<void> {
  expect(await post(exchange, body)).toMatchObject({ status: 200 })
  exchange.fillPending()
}

describe('a position of shares', () => {
  it('is never sold through zero: not more than is held less what is being sold', async () => {
    const exchange = await start()
    await hold(exchange, { ...shares, qty: '10', side: 'buy' })
    expect(await post(exchange, { ...shares, qty: '11', side: 'sell' })).toEqual({
      status: 403,
      body: {
        available: '10',
        code: 40310000,
        existing_qty: '10',
        held_for_orders: '0',
        message: 'insufficient qty available for order (requested: 11, available: 10)',
        symbol: 'AAPL',
      },
    })
    expect(await post(exchange, { ...shares, qty: '4', side: 'sell' })).toMatchObject({ status: 200 })
    expect(await post(exchange, { ...shares, qty: '7', side: 'sell' })).toMatchObject({
      status: 403,
      body: { message: 'insufficient qty available for order (requested: 7, available: 6)' },
    })
    expect(await post(exchange, { ...shares, qty: '6', side: 'sell' })).toMatchObject({ status: 200 })
  })

  it('is never bought back through zero', async () => {
    const exchange = await start()
    await hold(exchange, { ...shares, qty: '10', side: 'sell' })
    expect(await post(exchange, { ...shares, qty: '11', side: 'buy' })).toMatchObject({
      status: 403,
      body: {
        code: 40310000,
        existing_qty: '-10',
        message: 'insufficient qty available for order (requested: 11, available: 10)',
      },
    })
    await hold(exchange, { ...shares, qty: '10', side: 'buy' })
    expect(exchange.statement(ALPHA).positions).toEqual(new Map())
  })

  it('is not opened on both sides at once', async () => {
    const exchange = await start()
    await post(exchange, { ...shares, qty: '10', side: 'sell' })
    expect(await post(exchange, { ...shares, qty: '1', side: 'buy' })).toMatchObject({
      status: 403,
      body: { code: 40310000, message: 'cannot open a long buy while a short sell order is open' },
    })
  })

  it('may have a part of a share, which is sold as a day order and never short', async () => {
    const exchange = await start()
    await hold(exchange, { ...shares, qty: '1.5', side: 'buy' })
    const short = { status: 422, body: { code: 42210000, message: 'fractional orders cannot be sold short' } }
    expect(await post(exchange, { ...shares, qty: '1.75', side: 'sell' })).toMatchObject(short)
    await hold(exchange, { ...shares, qty: '1.5', side: 'sell' })
    expect(await post(exchange, { ...shares, qty: '0.5', side: 'sell' })).toMatchObject(short)
  })
})

describe('coins', () => {
  it('are not sold beyond what is held less what is being sold', async () => {
    const exchange = await start()
    await hold(exchange, { ...coins, qty: '0.5', side: 'buy' })
    expect(await post(exchange, { ...coins, qty: '0.2', side: 'sell' })).toMatchObject({ status: 200 })
    expect(await post(exchange, { ...coins, qty: '0.30000001', side: 'sell' })).toEqual({
      status: 403,
      body: {
        available: '0.3',
        balance: '0.5',
        code: 40310000,
        message: 'insufficient balance for BTC (requested: 0.30000001, available: 0.3)',
        symbol: 'BTC',
      },
    })
  })

  it('are bought for cash alone, not on margin', async () => {
    const exchange = await start()
    // 100,000 in cash lend 200,000 for shares; 60,000 are spent on them
    await hold(exchange, { ...shares, qty: '600', side: 'buy' })
    expect(await post(exchange, { ...coins, qty: '0.9', side: 'buy' })).toEqual({
      status: 403,
      body: {
        available: '40000',
        balance: '40000',
        code: 40310000,
        message: 'insufficient balance for USD (requested: 45000, available: 40000)',
        symbol: 'USD',
      },
    })
    expect(await post(exchange, { ...coins, qty: '0.8', side: 'buy' })).toMatchObject({ status: 200 })
  })

  it('are bought for ten dollars at least, and sold for less', async () => {
    const exchange = await start()
    // at 50,000: 9.9995 and 10 dollars
    expect(await post(exchange, { ...coins, qty: '0.00019999', side: 'buy' })).toEqual({
      status: 403,
      body: { code: 40310000, message: 'cost basis must be >= minimal amount of order 10' },
    })
    await hold(exchange, { ...coins, qty: '0.0002', side: 'buy' })
    expect(await post(exchange, { ...coins, qty: '0.0001', side: 'sell' })).toMatchObject({ status: 200 })
  })

  it('are paid for in what they are quoted in', async () => {
    const exchange = await start()
    expect(await post(exchange, { ...coins, symbol: 'ETH/BTC', qty: '1', side: 'buy' })).toMatchObject({
      status: 403,
      body: { message: 'insufficient balance for BTC (requested: 0.05, available: 0)' },
    })
  })

  it('are known by the broker’s older name too, shares by their own alone', async () => {
    const exchange = await start()
    expect(await post(exchange, { ...coins, symbol: 'BTCUSD', qty: '0.1', side: 'buy' })).toMatchObject({
      status: 200,
      body: { symbol: 'BTC/USD' },
    })
    expect(await post(exchange, { ...shares, symbol: 'aapl', qty: '1', side: 'buy' })).toMatchObject({
      status: 422,
      body: { message: 'asset "aapl" not found' },
    })
  })
})

describe('an order that rests nowhere', () => {
  const asked = { ...shares, type: 'limit', time_in_force: 'ioc', qty: '10' }
  const told = (exchange: TestExchange) =>
    exchange
      .tradeUpdatesAfter(0)
      .map(({ message: { data } }) => [data.event, data.order.filled_qty, data.price ?? null])

  it.each([
    ['buy', '100', '100'],
    ['buy', '100.01', '100'],
    ['sell', '99.99', '100'],
  ])('is a %s at %s that gets the market’s price of 100 within its limit', async (side, limit, price) => {
    const exchange = await start()
    expect(await post(exchange, { ...asked, side, limit_price: limit })).toMatchObject({ status: 200 })
    exchange.fillPending()
    expect(told(exchange)).toEqual([
      ['new', '0', null],
      ['fill', '10', price],
    ])
  })

  it.each([
    ['its limit is not met', { limit_price: '99.99' }, {}],
    ['there is no price', { limit_price: '200' }, { prices: new Map() }],
    // as a market order would get it: 0.01 % dearer than 100
    [
      'costs take it beyond its limit',
      { limit_price: '100' },
      { prices: new Map([['AAPL', decimal('100.01')]]) },
    ],
  ])('is cancelled when %s', async (_what, fields, terms) => {
    const exchange = await start()
    await post(exchange, { ...asked, side: 'buy', ...fields })
    expect(exchange.fillPending(terms)).toBe(0)
    expect(told(exchange)).toEqual([
      ['new', '0', null],
      ['canceled', '0', null],
    ])
  })

  it('is over with what it got of it', async () => {
    const exchange = await start()
    await post(exchange, { ...asked, side: 'buy', limit_price: '100' })
    exchange.fillPending({ portion: decimal('0.4') })
    expect(told(exchange)).toEqual([
      ['new', '0', null],
      ['partial_fill', '4', '100'],
      ['canceled', '4', null],
    ])
  })

  it('may be a market order, is no part of a share, and sells short at its limit or the price', async () => {
    const exchange = await start()
    const market = { ...shares, time_in_force: 'ioc', qty: '10', side: 'buy' }
    expect(await post(exchange, market)).toMatchObject({ status: 200 })
    expect(await post(exchange, { ...asked, side: 'buy', limit_price: '100', qty: '0.5' })).toMatchObject({
      status: 422,
      body: { message: 'fractional orders must be DAY orders' },
    })
    exchange.fillPending()
    await hold(exchange, { ...shares, qty: '10', side: 'sell' })
    // 2 x 100,000 is 2000 shares at 100, and 1000 at 200
    const short = { ...asked, side: 'sell', qty: '1001' }
    expect(await post(exchange, { ...short, limit_price: '200' })).toMatchObject({ status: 403 })
    expect(await post(exchange, { ...short, qty: '2001', limit_price: '1' })).toMatchObject({ status: 403 })
    expect(await post(exchange, { ...short, limit_price: '1' })).toMatchObject({ status: 200 })
  })
})

describe('an order with a limit', () => {
  it('rests until the price is there, is set aside at its limit, and can be cancelled', async () => {
    const exchange = await start()
    const limited = { ...shares, type: 'limit', limit_price: '50', qty: '10', side: 'buy' }
    const { body } = await post(exchange, limited)
    expect(body).toMatchObject({ type: 'limit', limit_price: '50', status: 'new' })
    expect(exchange.fillPending()).toBe(0)
    exchange.fillPending({ prices: new Map([['AAPL', decimal('49')]]) })
    const [, ...later] = exchange.tradeUpdatesAfter(0)
    expect(later.map(({ message }) => [message.data.event, message.data.price])).toEqual([['fill', '49']])
    const { body: resting } = await post(exchange, { ...limited, time_in_force: 'gtc' })
    const cancelled = await fetch(`${exchange.baseUrl}/v2/orders/${String(resting['id'])}`, {
      method: 'DELETE',
      headers: { 'APCA-API-KEY-ID': ALPHA_KEY.keyId, 'APCA-API-SECRET-KEY': ALPHA_KEY.secret },
    })
    expect(cancelled.status).toBe(204)
  })
})
