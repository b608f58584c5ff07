/**
 * A lane whose Parameter Store misbehaves: the SDK's client over HTTP against a server that throttles, fails or drops
 * connections, and a broker over HTTP that counts what reaches it. Nothing is ordered that was not permitted, the cursor goes
 * on, and the first answer is enough.
 */
import { SSMClient } from '@aws-sdk/client-ssm'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { clientSettings, FUNCTION_LIMITS } from '../../lib/adapters/aws/client-settings.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { ParameterFlagSource } from '../../lib/adapters/ssm/flag-source.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { KILL_SWITCH } from '../../lib/flags/definitions.ts'
import { brokerOverHttp } from '../support/broker-over-http.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'
import { openExchange, ALPHA_KEY, type TestExchange } from '../support/paper-exchange-fixture.ts'

type Misbehave = (response: ServerResponse) => void

const json = (response: ServerResponse, status: number, body: object): void =>
  void response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
const throttle: Misbehave = (response) =>
  json(response, 400, { __type: 'ThrottlingException', message: 'Rate exceeded' })
const fail: Misbehave = (response) => json(response, 500, { __type: 'InternalServerError' })
const drop: Misbehave = (response) => void response.socket?.destroy()

let lane: LaneFixture
let exchange: TestExchange
let server: Server
/** What the next requests meet, and how many do. */
let misbehave: Misbehave = throttle
let times = 0
let asked = 0

beforeEach(async () => {
  // an attempt ends by its answer alone, however busy the machine is
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal)
  asked = 0
  times = 0
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      asked += 1
      times -= 1
      if (times >= 0) return misbehave(response)
      const { Names } = JSON.parse(body) as { readonly Names: readonly string[] }
      const stored: Record<string, string> = { ...lane.settings, [KILL_SWITCH]: 'false' }
      const Parameters = Names.flatMap((Name) => {
        const Value = stored[Name.replace('/flags/', '')]
        return Value === undefined ? [] : [{ Name, Value, Version: 3 }]
      })
      json(response, 200, { Parameters })
    })
  })
  // a connection ends by the client alone, or as the test has it
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  exchange = await openExchange({ alwaysOpen: true })
  exchange.markPrices({ AAPL: decimal('100') })
  lane = new LaneFixture(
    (clock) => memoryStores(clock, null),
    (clock) => {
      const client = (keepAlive: boolean) =>
        new SSMClient({
          region: 'us-east-1',
          endpoint,
          credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
          ...clientSettings({ ...FUNCTION_LIMITS, maxAttempts: 1, keepAlive }),
        })
      // pauses pass on the lane's own clock
      const pause = async (milliseconds: number) => lane.clock.advance(milliseconds)
      const access = { kept: client(true), fresh: client(false), clock, pause, random: () => 0.5 }
      return {
        flags: new ParameterFlagSource(access, '/flags'),
        gateway: (_, budget) => ({
          connect: async () => brokerOverHttp(exchange.baseUrl, ALPHA_KEY, budget),
        }),
      }
    },
  )
})
afterEach(async () => {
  vi.restoreAllMocks()
  server.close()
  server.closeAllConnections()
  await exchange.stop()
})

it.each([
  ['throttles', throttle, 4],
  ['fails', fail, 1],
  ['drops the connection', drop, 1],
])('orders all the same when Parameter Store %s for a moment', async (_, what, count) => {
  misbehave = what
  times = count
  await lane.signal()
  await lane.tick()
  expect(exchange.orders(LABEL)).toHaveLength(1)
  expect(asked).toBe(count + 1)
})

it.each([
  ['throttles', throttle],
  ['fails', fail],
  ['drops connections', drop],
])('orders nothing while Parameter Store %s, goes on, and orders with the next signal', async (_, what) => {
  misbehave = what
  times = Infinity
  await lane.signal()
  expect(await lane.tick()).toMatchObject({ kind: 'done', signals: 1, unsettled: 0 })
  expect(exchange.orders(LABEL)).toEqual([])
  expect(await lane.executions()).toMatchObject([{ state: 'denied', deniedReason: 'kill_switch_unreadable' }])
  times = 0
  lane.clock.pass(60)
  await lane.signal('AAPL', '101')
  await lane.tick()
  expect(exchange.orders(LABEL)).toHaveLength(1)
})
