/** Requests that are carried to the exchange inside the process come to what they come to over HTTP (lib/exchange/http/front-fetch.ts). */
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ExchangeFront } from '../../lib/exchange/http/front.ts'
import { frontFetch } from '../../lib/exchange/http/front-fetch.ts'
import {
  ALPHA,
  ALPHA_KEY,
  openExchange,
  session,
  type TestExchange,
} from '../support/paper-exchange-fixture.ts'

const KEY = { 'APCA-API-KEY-ID': ALPHA_KEY.keyId, 'APCA-API-SECRET-KEY': ALPHA_KEY.secret }
const ORDER = JSON.stringify({
  symbol: 'AAPL',
  qty: '10',
  side: 'buy',
  type: 'market',
  time_in_force: 'day',
})

let exchange: TestExchange
let carried: typeof fetch
beforeEach(async () => {
  exchange = await openExchange()
  exchange.openSession(session('2012-01-03', { AAPL: '100' }))
  const keys = [{ label: ALPHA, ...ALPHA_KEY }]
  carried = frontFetch(new ExchangeFront({ exchange, keys, faults: exchange.faults }))
})
afterEach(() => exchange.stop())

async function shown(carrier: typeof fetch, path: string, init: RequestInit) {
  const response = await carrier(`${exchange.baseUrl}${path}`, init)
  const type = response.headers.get('content-type')
  return { status: response.status, type, text: await response.text() }
}

it.each<[string, string, RequestInit]>([
  ['an account', '/v2/account', { headers: KEY }],
  ['positions', '/v2/positions', { headers: KEY }],
  ['orders by a query', '/v2/orders?status=open&limit=500', { headers: KEY }],
  ['no such order', '/v2/orders:by_client_order_id?client_order_id=none', { headers: KEY }],
  ['an id that is none', '/v2/orders/none', { headers: KEY }],
  ['an order that is no JSON', '/v2/orders', { method: 'POST', headers: KEY, body: '{"symbol' }],
  ['an order of nothing', '/v2/orders', { method: 'POST', headers: KEY, body: '{}' }],
  ['an order that is too large', '/v2/orders', { method: 'POST', headers: KEY, body: 'x'.repeat(65_537) }],
  ['cancelling everything', '/v2/orders', { method: 'DELETE', headers: KEY }],
  ['no key', '/v2/account', {}],
  ['another secret', '/v2/account', { headers: { ...KEY, 'APCA-API-SECRET-KEY': 'other' } }],
  ['no endpoint', '/v2/nothing', { headers: KEY }],
  ['no such method', '/v2/account', { method: 'PATCH', headers: KEY }],
])('answers %s as over HTTP', async (_, path, init) => {
  expect(await shown(carried, path, init)).toEqual(await shown(fetch, path, init))
})

it('answers what is far too large over HTTP too, and what comes next on the same connection', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ports = new Set<number>()
  const statusOf = async (path: string, method: string, body?: string) => {
    const asked = request(`${exchange.baseUrl}${path}`, { agent, method, headers: KEY })
    asked.end(body)
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    ports.add(response.socket.localPort ?? 0)
    await once(response.resume(), 'end')
    return response.statusCode
  }
  expect(await statusOf('/v2/orders', 'POST', 'x'.repeat(2_000_000))).toBe(413)
  expect(await statusOf('/v2/account', 'GET')).toBe(200)
  expect(ports.size).toBe(1)
  agent.destroy()
})

it('places an order, whose cancelling is answered with nothing', async () => {
  const placed = await carried(`${exchange.baseUrl}/v2/orders`, { method: 'POST', headers: KEY, body: ORDER })
  const { id } = (await placed.json()) as { id: string }
  expect([...exchange.account(ALPHA).openOrders].map((order) => order.id)).toEqual([id])
  expect(await shown(carried, `/v2/orders/${id}`, { method: 'DELETE', headers: KEY })).toMatchObject({
    status: 204,
    text: '',
  })
})

it('is given up with its signal, before it is sent and while it waits', async () => {
  const url = `${exchange.baseUrl}/v2/account`
  await expect(carried(url, { headers: KEY, signal: AbortSignal.abort() })).rejects.toThrow('aborted')
  exchange.failNext({ on: 'GET /v2/account', kind: 'timeout_before_accept' })
  const gaveUp = new AbortController()
  const waiting = carried(url, { headers: KEY, signal: gaveUp.signal })
  gaveUp.abort()
  await expect(waiting).rejects.toThrow('aborted')
})

it('breaks off as a connection does', async () => {
  exchange.failNext({ on: 'POST /v2/orders', kind: 'disconnect_after_accept' })
  const sent = carried(`${exchange.baseUrl}/v2/orders`, { method: 'POST', headers: KEY, body: ORDER })
  await expect(sent).rejects.toThrow(TypeError)
  expect(exchange.account(ALPHA).openOrders.size).toBe(1)
})
