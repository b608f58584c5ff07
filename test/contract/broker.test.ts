/** What every broker must do, whoever stands behind it (lib/ports/broker.ts). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MemoryBroker, MemoryVenue, type BrokerFault } from '../../lib/adapters/memory/broker.ts'
import { decimal, formatDecimal } from '../../lib/domain/decimal.ts'
import { BrokerUnavailableError } from '../../lib/domain/errors.ts'
import { asAlpacaOrderId, asClientOrderId } from '../../lib/domain/ids.ts'
import type { FaultKind, RouteName } from '../../lib/exchange/faults.ts'
import type { SubmittingBroker } from '../../lib/ports/broker.ts'
import { ALPHA, brokerOf, openExchange, order, session } from '../support/paper-exchange-fixture.ts'

/** The world behind a broker, as the suite needs it. */
interface Venue {
  readonly broker: SubmittingBroker
  /** Fills everything that is open at 100 a piece, or half of it. */
  fillAll(part: 'half' | 'all'): void
  failNext(on: 'submit' | 'lookup' | 'cancel' | 'snapshot', fault: BrokerFault): void
  deliverHeld(): void
  close(): Promise<void>
}

const PRICE = decimal('100')

function memoryVenue(): Promise<Venue> {
  const venue = new MemoryVenue(decimal('100000'))
  return Promise.resolve({
    broker: new MemoryBroker({ mode: 'paper', baseUrl: 'http://memory' }, venue),
    fillAll: (part) => {
      for (const open of venue.orders().filter((each) => !venue.isFinal(each))) {
        const left = open.quantity - open.filledQuantity
        venue.fill(open.clientOrderId, PRICE, decimal(part === 'half' ? left / 2n : left))
      }
    },
    failNext: (on, fault) => venue.failNext(on, fault),
    deliverHeld: () => venue.deliverHeld(),
    close: () => Promise.resolve(),
  })
}

const ROUTES: Record<string, RouteName> = {
  submit: 'POST /v2/orders',
  lookup: 'GET /v2/orders:by_client_order_id',
  cancel: 'DELETE /v2/orders/{id}',
  snapshot: 'GET /v2/positions',
}
const FAULTS: Record<BrokerFault, FaultKind> = {
  lost: 'disconnect_before_accept',
  taken_unanswered: 'disconnect_after_accept',
  held: 'held',
  rate_limited: '429',
  unprocessable: '422',
  refused: '403',
  unavailable: '503',
}

async function paperVenue(): Promise<Venue> {
  const exchange = await openExchange()
  exchange.openSession(session('2012-01-03', { AAPL: '100', 'BTC/USD': '100', SPX: '100' }))
  return {
    broker: brokerOf(exchange),
    fillAll: (part) => {
      exchange.fillPending({ account: ALPHA, portion: decimal(part === 'half' ? '0.5' : '1') })
    },
    failNext: (on, fault) => exchange.failNext({ on: ROUTES[on] ?? 'POST /v2/orders', kind: FAULTS[fault] }),
    deliverHeld: () => exchange.deliverHeld(),
    close: () => exchange.close(),
  }
}

describe.each([
  ['in memory', memoryVenue],
  ['Alpaca over the paper exchange', paperVenue],
])('a broker: %s', (_, open) => {
  let venue: Venue
  beforeEach(async () => {
    venue = await open()
  })
  afterEach(() => venue.close())

  it('accepts an order and finds it again by its client order id', async () => {
    const request = order('tg-1', { quantity: decimal('12') })
    const answer = await venue.broker.submit(request)
    expect(answer).toMatchObject({
      kind: 'accepted',
      order: { ...request, status: 'new', filledQuantity: 0n, averageFillPrice: null },
    })
    const found = await venue.broker.findByClientOrderId(request.clientOrderId)
    expect(found).toEqual({ ...answer, kind: 'found' })
  })

  it('says that it does not know an order', async () => {
    expect(await venue.broker.findByClientOrderId(asClientOrderId('tg-none'))).toEqual({ kind: 'not_found' })
  })

  it('takes a client order id once, even after the first order is done', async () => {
    await venue.broker.submit(order('tg-1'))
    const again = await venue.broker.submit(order('tg-1', { quantity: decimal('99') }))
    expect(again).toMatchObject({
      kind: 'unprocessable',
      body: expect.stringContaining('client_order_id must be unique'),
    })
    venue.fillAll('all')
    expect(await venue.broker.submit(order('tg-1'))).toMatchObject({ kind: 'unprocessable' })
    const found = await venue.broker.findByClientOrderId(asClientOrderId('tg-1'))
    expect(found).toMatchObject({ kind: 'found', order: { quantity: decimal('10') } })
  })

  it.each([
    ['lost', 'ambiguous', false],
    ['taken_unanswered', 'ambiguous', true],
    ['unavailable', 'ambiguous', false],
    ['rate_limited', 'rate_limited', false],
    ['unprocessable', 'unprocessable', false],
    ['refused', 'refused', false],
  ] as const)('answers a submission that is %s with %s', async (fault, kind, taken) => {
    venue.failNext('submit', fault)
    expect(await venue.broker.submit(order('tg-1'))).toMatchObject({ kind })
    const found = await venue.broker.findByClientOrderId(asClientOrderId('tg-1'))
    expect(found.kind).toBe(taken ? 'found' : 'not_found')
  })

  it('may see an order arrive long after its submission went unanswered', async () => {
    venue.failNext('submit', 'held')
    expect(await venue.broker.submit(order('tg-1'))).toMatchObject({ kind: 'ambiguous' })
    expect(await venue.broker.findByClientOrderId(asClientOrderId('tg-1'))).toEqual({ kind: 'not_found' })
    venue.deliverHeld()
    expect(await venue.broker.findByClientOrderId(asClientOrderId('tg-1'))).toMatchObject({ kind: 'found' })
  })

  it.each(['lost', 'unavailable'] as const)(
    'never takes a look-up or cancel that is %s for evidence',
    async (fault) => {
      const answer = await venue.broker.submit(order('tg-1'))
      if (answer.kind !== 'accepted') throw new Error('not accepted')
      venue.failNext('lookup', fault)
      const lookup = await venue.broker.findByClientOrderId(asClientOrderId('tg-1'))
      expect(lookup).toMatchObject({ kind: 'unavailable' })
      venue.failNext('cancel', fault)
      expect(await venue.broker.cancel(answer.order.alpacaOrderId)).toMatchObject({ kind: 'unavailable' })
      expect(await venue.broker.findByClientOrderId(asClientOrderId('tg-1'))).toMatchObject({
        kind: 'found',
        order: { status: 'new' },
      })
    },
  )

  it.each(['lost', 'unavailable'] as const)('throws when a snapshot is %s', async (fault) => {
    venue.failNext('snapshot', fault)
    await expect(venue.broker.snapshot()).rejects.toBeInstanceOf(BrokerUnavailableError)
    await expect(venue.broker.snapshot()).resolves.toMatchObject({ positions: [] })
  })

  it('cancels what is open, and nothing else', async () => {
    const answer = await venue.broker.submit(order('tg-1'))
    if (answer.kind !== 'accepted') throw new Error('not accepted')
    const id = answer.order.alpacaOrderId
    expect(await venue.broker.cancel(id)).toEqual({ kind: 'cancelled' })
    expect(await venue.broker.cancel(id)).toEqual({ kind: 'not_cancellable' })
    const unknown = asAlpacaOrderId('00000000-0000-4000-8000-000000000000')
    expect(await venue.broker.cancel(unknown)).toEqual({ kind: 'not_cancellable' })
    expect(await venue.broker.findByClientOrderId(asClientOrderId('tg-1'))).toMatchObject({
      order: { status: 'canceled' },
    })
  })

  it('reports fills, part by part', async () => {
    await venue.broker.submit(order('tg-1'))
    venue.fillAll('half')
    expect(await venue.broker.findByClientOrderId(asClientOrderId('tg-1'))).toMatchObject({
      order: { status: 'partially_filled', filledQuantity: decimal('5'), averageFillPrice: PRICE },
    })
    venue.fillAll('all')
    expect(await venue.broker.findByClientOrderId(asClientOrderId('tg-1'))).toMatchObject({
      order: { status: 'filled', filledQuantity: decimal('10'), averageFillPrice: PRICE },
    })
  })

  it('shows cash, positions and open orders, sorted, with crypto pairs written with a slash', async () => {
    const crypto = { symbol: 'BTC/USD', timeInForce: 'gtc' } as const
    await venue.broker.submit(order('tg-2', { ...crypto, quantity: decimal('0.00000002') }))
    await venue.broker.submit(order('tg-1'))
    venue.fillAll('all')
    await venue.broker.submit(order('tg-9'))
    await venue.broker.submit(order('tg-3', { symbol: 'SPX' }))
    await venue.broker.submit(order('tg-4', { ...crypto, side: 'sell', quantity: decimal('0.00000001') }))

    const { balance, positions, openOrders } = await venue.broker.snapshot()

    expect(positions).toEqual([
      { symbol: 'AAPL', quantity: decimal('10'), marketValue: decimal('1000') },
      { symbol: 'BTC/USD', quantity: decimal('0.00000002'), marketValue: decimal('0.000002') },
    ])
    expect(openOrders.map(({ clientOrderId, symbol, side }) => [clientOrderId, symbol, side])).toEqual([
      ['tg-3', 'SPX', 'buy'],
      ['tg-4', 'BTC/USD', 'sell'],
      ['tg-9', 'AAPL', 'buy'],
    ])
    expect(formatDecimal(balance.cash)).toBe('98999.999998')
    expect(formatDecimal(balance.equity)).toBe('100000')
    expect(formatDecimal(balance.lastEquity)).toBe('100000')
    expect(balance.tradingBlocked).toBe(false)
  })
})
