/** The Alpaca adapter against peers that misbehave: what it concludes, what it sends, what it never shows. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { openAlpacaBroker } from '../../lib/adapters/alpaca/alpaca-broker.ts'
import { AlpacaGateway } from '../../lib/adapters/alpaca/gateway.ts'
import { RequestBudget, REQUESTS_PER_INVOCATION } from '../../lib/domain/request-budget.ts'
import { readBalance, readPositions } from '../../lib/adapters/alpaca/wire-account.ts'
import { readOpenOrders } from '../../lib/adapters/alpaca/wire-orders.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { BrokerUnavailableError, ConfigurationError, UnavailableError } from '../../lib/domain/errors.ts'
import { asAlpacaOrderId, asClientOrderId } from '../../lib/domain/ids.ts'
import type { SubmittingBroker } from '../../lib/ports/broker.ts'
import { limitsByHand } from '../support/limits-by-hand.ts'
import {
  ALPHA,
  ALPHA_KEY,
  brokerOf,
  HandClock,
  openExchange,
  order,
} from '../support/paper-exchange-fixture.ts'

const closers: (() => Promise<unknown>)[] = []
const limitsPass = limitsByHand()
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A peer that answers everything in one way; counts what it got. */
async function peer(answer: Answer): Promise<{ readonly baseUrl: string; requests: number }> {
  const state = { baseUrl: '', requests: 0 }
  const server = createServer((request, response) => {
    state.requests += 1
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => {
      server.close(resolve)
    })
  })
  const address = server.address()
  state.baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return state
}

const silent: Answer = () => void setImmediate(limitsPass)

function says(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return (_, response) => {
    response.writeHead(status, headers)
    response.end(body)
  }
}

/** Promises more of a body than it sends, then breaks the connection. */
function breaksOff(status: number): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-length': '100' })
    response.write('{"code":')
    setTimeout(() => response.destroy(), 20)
  }
}

const HELD = {
  id: '61e69015-8549-4bfd-b9c3-01e75843f47d',
  client_order_id: 'tg-1',
  symbol: 'AAPL',
  side: 'buy',
  type: 'market',
  qty: '10',
  time_in_force: 'day',
  status: 'accepted',
  filled_qty: '0',
  filled_avg_price: null,
  updated_at: '2021-03-16T18:38:01.942282456Z',
}

const held = (changes: object) => says(200, JSON.stringify({ ...HELD, ...changes }))
const REFUSAL = '{"code":2,"message":"no"}'

describe('what a submission’s answer means', () => {
  it.each<[string, Answer, object]>([
    ['an order', says(200, JSON.stringify(HELD)), { kind: 'accepted', order: { quantity: decimal('10') } }],
    ['an order with a number for a quantity', held({ qty: 10 }), AMBIGUOUS()],
    ['somebody else’s order', held({ client_order_id: 'tg-2' }), AMBIGUOUS()],
    ['an order without an id', held({ id: undefined }), AMBIGUOUS()],
    ['a limit order without its limit', held({ type: 'limit' }), AMBIGUOUS()],
    ['a market order with a limit', held({ limit_price: '9' }), AMBIGUOUS()],
    ['a limit order', held({ type: 'limit', limit_price: '9' }), { order: { limitPrice: decimal('9') } }],
    ['an empty body', says(200, ''), AMBIGUOUS()],
    ['a page', says(200, '<html>'), AMBIGUOUS()],
    ['half an order', breaksOff(200), AMBIGUOUS()],
    ['a redirect', says(307, '', { location: 'http://127.0.0.1:9/' }), AMBIGUOUS()],
    ['500', says(500, '{}'), AMBIGUOUS()],
    ['504', says(504, ''), AMBIGUOUS()],
    ['half a 500', breaksOff(500), AMBIGUOUS()],
    ['half a 403', breaksOff(403), AMBIGUOUS()],
    ['silence', silent, { kind: 'ambiguous', reason: 'no answer in time' }],
    ['half a 429', breaksOff(429), { kind: 'rate_limited' }],
    ['429', says(429, '{"message":"slow"}'), { kind: 'rate_limited' }],
    ['422', says(422, REFUSAL), { kind: 'unprocessable', body: REFUSAL }],
    ['403', says(403, REFUSAL), { kind: 'refused', status: 403, body: REFUSAL }],
    ['403 of something in front', says(403, '<h1>Forbidden</h1>'), AMBIGUOUS()],
    ['403 in another form', says(403, '{"code":2}'), AMBIGUOUS()],
    ['422 of something in front', says(422, '<h1>Unprocessable</h1>'), AMBIGUOUS()],
    ['401', says(401, ''), AMBIGUOUS()],
    ['408', says(408, 'late'), AMBIGUOUS()],
  ])('%s', async (_, answer, expected) => {
    const world = await peer(answer)
    expect(await brokerOf(world).submit(order('tg-1'))).toMatchObject(expected)
    expect(world.requests).toBe(1)
  })

  function AMBIGUOUS() {
    return { kind: 'ambiguous', reason: expect.any(String) as string }
  }

  it('keeps a long refusal short and says how long it was', async () => {
    const answer = await brokerOf(
      await peer(says(403, JSON.stringify({ message: 'x'.repeat(69_986) }))),
    ).submit(order('tg-1'))
    if (answer.kind !== 'refused') throw new Error(answer.kind)
    expect(answer.body.length).toBeLessThan(5000)
    expect(answer.body).toContain('70000 characters')
  })

  it('sends the order as the broker wants it, amounts as text', async () => {
    const bodies: unknown[] = []
    const world = await peer((request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => (text += chunk.toString()))
      request.on('end', () => {
        bodies.push({ method: request.method, url: request.url, body: JSON.parse(text) as unknown })
        response.end(JSON.stringify(HELD))
      })
    })
    const crypto = { symbol: 'BTC/USD', quantity: decimal('0.00000001'), timeInForce: 'gtc' } as const
    await brokerOf(world).submit(order('tg-1', { ...crypto, side: 'sell' }))
    expect(bodies).toEqual([
      {
        method: 'POST',
        url: '/v2/orders',
        body: {
          symbol: 'BTC/USD',
          qty: '0.00000001',
          side: 'sell',
          type: 'market',
          time_in_force: 'gtc',
          client_order_id: 'tg-1',
        },
      },
    ])
  })
})

describe('what a look-up’s answer means', () => {
  it.each<[string, Answer, string]>([
    ['the broker’s 404', says(404, '{"code":40410000,"message":"order not found"}'), 'not_found'],
    ['a gateway’s 404', says(404, '<h1>Not found</h1>'), 'unavailable'],
    ['an empty 404', says(404, ''), 'unavailable'],
    ['422', says(422, '{"message":"no"}'), 'unavailable'],
    ['429', says(429, '{"message":"slow"}'), 'unavailable'],
    ['500', says(500, '{"message":"order not found"}'), 'unavailable'],
    ['silence', silent, 'unavailable'],
    ['somebody else’s order', held({ client_order_id: 'tg-2' }), 'unavailable'],
    ['the order', says(200, JSON.stringify(HELD)), 'found'],
  ])('%s', async (_, answer, kind) => {
    const lookup = await brokerOf(await peer(answer)).findByClientOrderId(asClientOrderId('tg-1'))
    expect(lookup.kind).toBe(kind)
  })

  it('nobody there', async () => {
    const broker = brokerOf({ baseUrl: 'http://127.0.0.1:9' })
    expect((await broker.findByClientOrderId(asClientOrderId('tg-1'))).kind).toBe('unavailable')
    expect((await broker.submit(order('tg-1'))).kind).toBe('ambiguous')
    expect((await broker.cancel(asAlpacaOrderId('x'))).kind).toBe('unavailable')
    await expect(broker.snapshot()).rejects.toThrow(BrokerUnavailableError)
  })
})

describe('credentials', () => {
  const CANARY = { keyId: 'CANARY-KEY-7f3a', secret: 'CANARY/SECRET+9c1e=' }

  /** Everything that a broker could say of a failure, as somebody would print it. */
  async function everythingShown(broker: SubmittingBroker): Promise<string> {
    const said = [
      broker,
      await broker.submit(order('tg-1')),
      await broker.findByClientOrderId(asClientOrderId('tg-1')),
      await broker.cancel(asAlpacaOrderId('61e69015-8549-4bfd-b9c3-01e75843f47d')),
      await broker.snapshot().catch((error: unknown) => error),
    ]
    return said.map((each) => inspect(each, { depth: 20, showHidden: true })).join('\n')
  }

  /** Sends the request's own headers and address back, as a debugging proxy may. */
  function echoes(status: number, prefix = ''): Answer {
    return (request, response) => {
      const { keyId, secret } = CANARY
      response.writeHead(status, { 'x-echo': secret })
      const echo = `${JSON.stringify(request.headers)} ${keyId} ${secret} ${encodeURIComponent(secret)}`
      response.end(`${prefix}${echo}`)
    }
  }

  it.each<[string, Answer]>([
    ...[200, 401, 403, 404, 422, 429, 500, 503].map((status): [string, Answer] => [
      `status ${status}`,
      echoes(status),
    ]),
    ['a garbled answer', (request) => request.socket.end(`HTTP/1.1 ${CANARY.secret}\r\n\r\n`)],
    ['a broken connection', (request) => void request.socket.destroy()],
    ['silence', silent],
    ['half an answer', breaksOff(422)],
  ])('do not show after %s', async (_, answer) => {
    const broker = brokerOf(await peer(answer), CANARY, { timeoutMs: 100 })
    const shown = await everythingShown(broker)
    for (const value of [CANARY.keyId, CANARY.secret, encodeURIComponent(CANARY.secret)]) {
      expect(shown).not.toContain(value)
    }
  })

  it.each(['', 'two words', 'line\nbreak', 'ключ'])(
    'that no header can carry are refused unshown: %j',
    (secret) => {
      const open = () =>
        openAlpacaBroker({
          target: { mode: 'paper', baseUrl: 'http://127.0.0.1:9' },
          credentials: { keyId: CANARY.keyId, secret },
        })
      expect(open).toThrow(ConfigurationError)
      expect(open).toThrow(/^(?!.*CANARY).*secret: found an unusable value/s)
    },
  )
})

describe('the request budget', () => {
  it('is 60 requests, counted when sent; after that nothing is sent', async () => {
    const exchange = await openExchange({ alwaysOpen: true, prices: { AAPL: decimal('100') } })
    closers.push(() => exchange.stop())
    const broker = brokerOf(exchange)
    const look = () => broker.findByClientOrderId(asClientOrderId('tg-1'))
    for (let count = 0; count < 60; count += 1) expect((await look()).kind).toBe('not_found')
    expect((await look()).kind).toBe('unavailable')
    expect(await broker.submit(order('tg-1'))).toEqual({ kind: 'rate_limited' })
    expect((await broker.cancel(asAlpacaOrderId('x'))).kind).toBe('unavailable')
    await expect(broker.snapshot()).rejects.toThrow(BrokerUnavailableError)
    expect(exchange.server.requestCounts(ALPHA)).toEqual({ 'GET /v2/orders:by_client_order_id': 60 })
    expect(REQUESTS_PER_INVOCATION).toBe(60)
  })

  it('belongs to an invocation, whatever its targets', async () => {
    const exchange = await openExchange({ alwaysOpen: true, prices: { AAPL: decimal('100') } })
    closers.push(() => exchange.stop())
    const gateway = new AlpacaGateway({
      credentials: () => Promise.resolve(ALPHA_KEY),
      budget: new RequestBudget(4),
    })
    const target = { mode: 'paper', baseUrl: exchange.baseUrl } as const
    const broker = await gateway.connect(target)
    expect(await gateway.connect({ ...target })).toBe(broker)
    await broker.snapshot()
    const other = await gateway.connect({ ...target, mode: 'live' })
    expect((await other.submit(order('tg-1'))).kind).toBe('accepted')
    expect((await broker.submit(order('tg-2'))).kind).toBe('rate_limited')
  })

  it('reads credentials again after they could not be read', async () => {
    let reads = 0
    const gateway = new AlpacaGateway({
      credentials: () => {
        reads += 1
        return reads === 1 ? Promise.reject(new UnavailableError('down')) : Promise.resolve(ALPHA_KEY)
      },
    })
    const target = { mode: 'paper', baseUrl: 'http://127.0.0.1:9' } as const
    await expect(gateway.connect(target)).rejects.toThrow(UnavailableError)
    expect((await gateway.connect(target)).target).toEqual(target)
  })
})

describe('what a snapshot reads', () => {
  it('all pages of open orders, though all were sent at one instant', async () => {
    const clock = new HandClock('2012-01-03T14:31:00Z')
    const exchange = await openExchange({ clock, alwaysOpen: true, prices: { AAPL: decimal('1') } })
    closers.push(() => exchange.stop())
    const ids = Array.from({ length: 1001 }, (_, index) => `tg-${String(index).padStart(4, '0')}`)
    const body = { symbol: 'AAPL', qty: '1', side: 'buy', type: 'market', time_in_force: 'day' }
    for (const id of ids.toReversed()) exchange.placeOrder(ALPHA, { ...body, client_order_id: id })
    const { openOrders } = await brokerOf(exchange).snapshot()
    expect(openOrders.map(({ clientOrderId }) => clientOrderId)).toEqual(ids)
    expect(exchange.server.requestCounts(ALPHA)['GET /v2/orders']).toBe(3)
  })

  it('short positions as negative and crypto pairs as orders write them', () => {
    const position = { asset_class: 'us_equity', side: 'long', market_value: '1' }
    const positions = [
      { ...position, symbol: 'MSFT', qty: '-3', market_value: '-3', side: 'short' },
      { ...position, symbol: 'ETHBTC', qty: '2', asset_class: 'crypto' },
      { ...position, symbol: 'USDTUSD', qty: '1', asset_class: 'crypto' },
      { ...position, symbol: 'BTC/USD', qty: '0.1', asset_class: 'crypto' },
      { ...position, symbol: 'IBM', qty: '4', market_value: '5', side: 'short' },
    ]
    const read = readPositions(positions)?.map(({ symbol, quantity, marketValue }) => [
      symbol,
      quantity,
      marketValue,
    ])
    expect(read).toEqual([
      ['BTC/USD', decimal('0.1'), decimal('1')],
      ['ETH/BTC', decimal('2'), decimal('1')],
      ['IBM', decimal('-4'), decimal('-5')],
      ['MSFT', decimal('-3'), decimal('-3')],
      ['USDT/USD', decimal('1'), decimal('1')],
    ])
  })

  it('money to the last digit, and nothing from a number', () => {
    const account = {
      id: 'a',
      equity: '90071992547409.93',
      last_equity: '0.1',
      cash: '-0.00000001',
      buying_power: '4000000.30',
      trading_blocked: false,
      account_blocked: true,
    }
    expect(readBalance(account)).toMatchObject({
      equity: 9007199254740993000000n,
      cash: -1n,
      tradingBlocked: true,
    })
    expect(readBalance({ ...account, cash: 1 })).toBeNull()
  })

  it('other people’s orders too: for a sum of money, and in several legs', () => {
    const body = [
      {
        id: '1',
        client_order_id: 'sum',
        symbol: 'AAPL',
        side: 'buy',
        qty: null,
        notional: '500',
        filled_qty: '0.5',
      },
      {
        id: '2',
        client_order_id: 'legs',
        symbol: '',
        side: '',
        order_class: 'mleg',
        qty: '1',
        filled_qty: '0',
      },
    ]
    const read = readOpenOrders(body)
    expect(read?.rows).toMatchObject([{ clientOrderId: 'sum', quantity: decimal('0.5') }])
    expect(read?.unreadable).toEqual([])
  })

  it('around an order of somebody else’s that it cannot read, but never around one of ours', () => {
    const order = {
      id: '1',
      client_order_id: 'theirs',
      symbol: 'AAPL',
      side: 'buy',
      qty: '1',
      filled_qty: '0',
    }
    const odd = [
      { ...order, id: 'odd-0', side: 'hold' },
      { ...order, id: 'odd-1', qty: 1 },
      { ...order, id: 'odd-2', filled_qty: null },
    ]
    const read = readOpenOrders([...odd, order, null])
    expect(read?.rows.map(({ alpacaOrderId }) => alpacaOrderId)).toEqual(['1'])
    expect(read?.unreadable).toEqual(['odd-0', 'odd-1', 'odd-2', 'an order without a name'])
    expect(readOpenOrders([order, { ...odd[0], client_order_id: 'tg-1' }])).toBeNull()
    expect(readOpenOrders({ message: 'no list' })).toBeNull()
  })

  it('positions in what has no price', () => {
    const held = { symbol: 'GONE', qty: '3', asset_class: 'us_equity', side: 'long' }
    const short = { ...held, symbol: 'LOST', side: 'short', market_value: null }
    expect(readPositions([{ ...held, market_value: null }, short, { ...held, symbol: 'NONE' }])).toEqual([
      { symbol: 'GONE', quantity: decimal('3'), marketValue: null, averageEntryPrice: null },
      { symbol: 'LOST', quantity: decimal('-3'), marketValue: null, averageEntryPrice: null },
      { symbol: 'NONE', quantity: decimal('3'), marketValue: null, averageEntryPrice: null },
    ])
  })
})
