/** What every broker must do, whoever stands behind it (lib/ports/broker.ts). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decimal, formatDecimal } from '../../lib/domain/decimal.ts'
import { BrokerUnavailableError } from '../../lib/domain/errors.ts'
import { asAlpacaOrderId, asClientOrderId } from '../../lib/domain/ids.ts'
import { plusSeconds } from '../../lib/domain/time.ts'
import type { FaultKind } from '../../lib/exchange/faults.ts'
import { ExchangeFront } from '../../lib/exchange/http/front.ts'
import { frontFetch } from '../../lib/exchange/http/front-fetch.ts'
import { InProcessBroker } from '../../lib/exchange/in-process.ts'
import type { OrderRequest, SubmittingBroker } from '../../lib/ports/broker.ts'
import { limitsByHand, passInSilence } from '../support/limits-by-hand.ts'
import {
  ALPHA,
  ALPHA_KEY,
  type HandClock,
  brokerOf,
  openExchange,
  order,
  session,
  type TestExchange,
} from '../support/paper-exchange-fixture.ts'

const PRICE = decimal('100')
const ROUTES = {
  submit: 'POST /v2/orders',
  lookup: 'GET /v2/orders:by_client_order_id',
  cancel: 'DELETE /v2/orders/{id}',
  cancelAll: 'DELETE /v2/orders',
  orders: 'GET /v2/orders',
  account: 'GET /v2/account',
  snapshot: 'GET /v2/positions',
} as const

const overHttp = (exchange: TestExchange) => brokerOf(exchange)
const carried = (exchange: TestExchange) => {
  const front = new ExchangeFront({
    exchange,
    keys: [{ label: ALPHA, ...ALPHA_KEY }],
    faults: exchange.faults,
  })
  return brokerOf(exchange, undefined, { fetch: frontFetch(front) })
}
const inProcess = (exchange: TestExchange) =>
  new InProcessBroker(exchange, ALPHA, { mode: 'paper', baseUrl: 'http://in-process' }, exchange.faults)

/** No answer, or one that says nothing of the order. */
const DOWN = ['disconnect_before_accept', 'timeout_before_accept', '503', '401', 'gateway_404'] as const

describe.each([
  ['in the process', inProcess],
  ['Alpaca over HTTP', overHttp],
  ['Alpaca carried in the process', carried],
])('a broker: %s', (_, connect) => {
  let exchange: TestExchange
  let broker: SubmittingBroker
  const limitsPass = limitsByHand()
  beforeEach(async () => {
    exchange = await openExchange()
    exchange.openSession(session('2012-01-03', { AAPL: '100', 'BTC/USD': '100', SPX: '100' }))
    broker = connect(exchange)
    passInSilence(exchange.faults, limitsPass)
  })
  afterEach(() => exchange.stop())

  function failNext(on: keyof typeof ROUTES, kind: FaultKind): void {
    exchange.failNext({ on: ROUTES[on], kind })
  }

  it('accepts an order and finds it again by its client order id', async () => {
    const request = order('tg-1', { quantity: decimal('12') })
    const answer = await broker.submit(request)
    expect(answer).toMatchObject({
      kind: 'accepted',
      order: { ...request, status: 'new', filledQuantity: 0n, averageFillPrice: null },
    })
    const found = await broker.findByClientOrderId(request.clientOrderId)
    expect(found).toEqual({ ...answer, kind: 'found' })
  })

  it.each<[string, Partial<OrderRequest>]>([
    ['shares', {}],
    ['coins', { symbol: 'BTC/USD', quantity: decimal('0.20000001') }],
  ])('takes a limit order of %s that rests nowhere, and finds it with its limit', async (_what, fields) => {
    const request = order('tg-1', { timeInForce: 'ioc', limitPrice: decimal('99.98'), ...fields })
    const answer = await broker.submit(request)
    expect(answer).toMatchObject({ kind: 'accepted', order: { ...request, status: 'new' } })
    exchange.fillPending()
    const found = await broker.findByClientOrderId(request.clientOrderId)
    expect(found).toMatchObject({ order: { ...request, status: 'canceled', filledQuantity: 0n } })
  })

  it('says that it does not know an order', async () => {
    expect(await broker.findByClientOrderId(asClientOrderId('tg-none'))).toEqual({ kind: 'not_found' })
  })

  it('takes a client order id once, even after the first order is done', async () => {
    await broker.submit(order('tg-1'))
    const again = await broker.submit(order('tg-1', { quantity: decimal('99') }))
    expect(again).toMatchObject({
      kind: 'unprocessable',
      body: expect.stringContaining('client_order_id must be unique'),
    })
    exchange.fillPending()
    expect(await broker.submit(order('tg-1'))).toMatchObject({ kind: 'unprocessable' })
    const found = await broker.findByClientOrderId(asClientOrderId('tg-1'))
    expect(found).toMatchObject({ kind: 'found', order: { quantity: decimal('10') } })
  })

  it.each([
    ['disconnect_before_accept', 'ambiguous', false],
    ['disconnect_after_accept', 'ambiguous', true],
    ['timeout_before_accept', 'ambiguous', false],
    ['timeout_after_accept', 'ambiguous', true],
    ['500', 'ambiguous', false],
    ['503', 'ambiguous', false],
    ['500_after_accept', 'ambiguous', true],
    ['malformed_after_accept', 'ambiguous', true],
    ['empty_after_accept', 'ambiguous', true],
    ['429', 'rate_limited', false],
    ['422', 'unprocessable', false],
    ['401', 'refused', false],
    ['403', 'refused', false],
    ['404', 'refused', false],
    ['gateway_404', 'ambiguous', false],
  ] as const)('answers a submission that is %s with %s', async (fault, kind, taken) => {
    failNext('submit', fault)
    expect(await broker.submit(order('tg-1'))).toMatchObject({ kind })
    const found = await broker.findByClientOrderId(asClientOrderId('tg-1'))
    expect(found.kind).toBe(taken ? 'found' : 'not_found')
  })

  it('may see an order arrive long after its submission went unanswered', async () => {
    failNext('submit', 'held')
    expect(await broker.submit(order('tg-1'))).toMatchObject({ kind: 'ambiguous' })
    expect(await broker.findByClientOrderId(asClientOrderId('tg-1'))).toEqual({ kind: 'not_found' })
    exchange.faults.deliverHeld()
    expect(await broker.findByClientOrderId(asClientOrderId('tg-1'))).toMatchObject({ kind: 'found' })
  })

  it.each(DOWN)('never takes a look-up or cancel that is %s for evidence', async (fault) => {
    const answer = await broker.submit(order('tg-1'))
    if (answer.kind !== 'accepted') throw new Error('not accepted')
    failNext('lookup', fault)
    const lookup = await broker.findByClientOrderId(asClientOrderId('tg-1'))
    expect(lookup).toMatchObject({ kind: 'unavailable' })
    failNext('cancel', fault)
    expect(await broker.cancel(answer.order.alpacaOrderId)).toMatchObject({ kind: 'unavailable' })
    expect(await broker.findByClientOrderId(asClientOrderId('tg-1'))).toMatchObject({
      kind: 'found',
      order: { status: 'new' },
    })
  })

  it.each(DOWN)('throws when a snapshot is %s', async (fault) => {
    failNext('snapshot', fault)
    await expect(broker.snapshot()).rejects.toBeInstanceOf(BrokerUnavailableError)
    await expect(broker.snapshot()).resolves.toMatchObject({ positions: [] })
  })

  it('names the open orders, sorted, when account and positions cannot be read', async () => {
    for (const id of ['tg-2', 'theirs', 'tg-1']) await broker.submit(order(id))
    exchange.fillPending({ portion: decimal('0.5') })
    failNext('account', '503')
    failNext('snapshot', '503')
    const names = await broker.openOrders()
    expect(names.map(({ clientOrderId }) => clientOrderId)).toEqual(['tg-1', 'tg-2', 'theirs'].toSorted())
    const [first] = names
    expect(await broker.findByClientOrderId(asClientOrderId('tg-1'))).toMatchObject({
      order: { alpacaOrderId: names.find(({ clientOrderId }) => clientOrderId === 'tg-1')?.alpacaOrderId },
    })
    if (first !== undefined) await broker.cancel(first.alpacaOrderId)
    expect(await broker.openOrders()).toHaveLength(2)
  })

  it.each(DOWN)('throws when open or final orders are %s', async (fault) => {
    failNext('orders', fault)
    await expect(broker.openOrders()).rejects.toBeInstanceOf(BrokerUnavailableError)
    failNext('orders', fault)
    await expect(broker.finalOrders(exchange.clock.now())).rejects.toBeInstanceOf(BrokerUnavailableError)
  })

  it('tells of final orders since a moment, the latest first', async () => {
    const begun = plusSeconds(exchange.clock.now(), -1)
    for (const id of ['tg-1', 'tg-2', 'tg-3']) await broker.submit(order(id))
    const [first] = await broker.openOrders()
    if (first !== undefined) await broker.cancel(first.alpacaOrderId)
    exchange.fillPending({ portion: decimal('0.5') })
    expect(await broker.finalOrders(begun)).toMatchObject([{ clientOrderId: 'tg-1', status: 'canceled' }])
    exchange.fillPending()
    expect(await broker.finalOrders(begun)).toMatchObject([
      { clientOrderId: 'tg-3', status: 'filled', filledQuantity: decimal('10') },
      { clientOrderId: 'tg-2', status: 'filled' },
      { clientOrderId: 'tg-1', status: 'canceled' },
    ])
    expect(await broker.finalOrders(exchange.clock.now())).toEqual([])
  })

  it('tells of all orders that were sent after a moment, oldest first, whoever sent them', async () => {
    const begun = plusSeconds(exchange.clock.now(), -1)
    for (const id of ['tg-1', 'theirs']) await broker.submit(order(id))
    exchange.fillPending()
    ;(exchange.clock as HandClock).pass(5)
    await broker.submit(order('tg-2'))
    const { orders, isAll } = await broker.ordersSentAfter(begun)
    expect(orders).toMatchObject([
      { clientOrderId: 'tg-1', order: { status: 'filled', filledQuantity: decimal('10') } },
      { clientOrderId: 'theirs', order: { status: 'filled' } },
      {
        clientOrderId: 'tg-2',
        sentAt: exchange.clock.now(),
        order: { alpacaOrderId: orders[2]?.alpacaOrderId },
      },
    ])
    expect(isAll).toBe(true)
    const [first] = orders
    expect(await broker.ordersSentAfter(first?.sentAt ?? begun)).toMatchObject({
      orders: [{ clientOrderId: 'tg-2' }],
    })
    failNext('orders', '503')
    await expect(broker.ordersSentAfter(begun)).rejects.toBeInstanceOf(BrokerUnavailableError)
  })

  it('cancels everything that is open, and says how much', async () => {
    for (const id of ['tg-1', 'theirs', 'tg-2']) await broker.submit(order(id))
    failNext('cancelAll', '503')
    expect(await broker.cancelAll()).toMatchObject({ kind: 'unavailable' })
    expect(await broker.openOrders()).toHaveLength(3)
    expect(await broker.cancelAll()).toEqual({ kind: 'cancelled', cancelled: 3, refused: 0 })
    expect(await broker.openOrders()).toEqual([])
    expect(await broker.cancelAll()).toEqual({ kind: 'cancelled', cancelled: 0, refused: 0 })
  })

  it('cancels what is open, and nothing else', async () => {
    const answer = await broker.submit(order('tg-1'))
    if (answer.kind !== 'accepted') throw new Error('not accepted')
    const id = answer.order.alpacaOrderId
    expect(await broker.cancel(id)).toEqual({ kind: 'cancelled' })
    expect(await broker.cancel(id)).toEqual({ kind: 'not_cancellable' })
    const unknown = asAlpacaOrderId('00000000-0000-4000-8000-000000000000')
    expect(await broker.cancel(unknown)).toEqual({ kind: 'not_cancellable' })
    expect(await broker.findByClientOrderId(asClientOrderId('tg-1'))).toMatchObject({
      order: { status: 'canceled' },
    })
  })

  it('reports fills, part by part', async () => {
    await broker.submit(order('tg-1'))
    exchange.fillPending({ portion: decimal('0.5') })
    expect(await broker.findByClientOrderId(asClientOrderId('tg-1'))).toMatchObject({
      order: { status: 'partially_filled', filledQuantity: decimal('5'), averageFillPrice: PRICE },
    })
    exchange.fillPending()
    expect(await broker.findByClientOrderId(asClientOrderId('tg-1'))).toMatchObject({
      order: { status: 'filled', filledQuantity: decimal('10'), averageFillPrice: PRICE },
    })
  })

  it('shows cash, positions and open orders, sorted, with crypto pairs written with a slash', async () => {
    const crypto = { symbol: 'BTC/USD', timeInForce: 'gtc' } as const
    await broker.submit(order('tg-2', { ...crypto, quantity: decimal('0.20000002') }))
    await broker.submit(order('tg-1'))
    exchange.fillPending()
    await broker.submit(order('tg-9'))
    await broker.submit(order('tg-3', { symbol: 'SPX' }))
    await broker.submit(order('tg-4', { ...crypto, side: 'sell', quantity: decimal('0.00000001') }))

    const { balance, positions, openOrders } = await broker.snapshot()

    expect(positions).toEqual([
      { symbol: 'AAPL', quantity: decimal('10'), marketValue: decimal('1000'), averageEntryPrice: PRICE },
      {
        symbol: 'BTC/USD',
        quantity: decimal('0.20000002'),
        marketValue: decimal('20.000002'),
        averageEntryPrice: decimal('100'),
      },
    ])
    expect(openOrders.map(({ clientOrderId, symbol, side }) => [clientOrderId, symbol, side])).toEqual([
      ['tg-3', 'SPX', 'buy'],
      ['tg-4', 'BTC/USD', 'sell'],
      ['tg-9', 'AAPL', 'buy'],
    ])
    expect(formatDecimal(balance.cash)).toBe('98979.999998')
    expect(formatDecimal(balance.equity)).toBe('100000')
    expect(formatDecimal(balance.lastEquity)).toBe('100000')
    expect(balance.tradingBlocked).toBe(false)
  })
})
