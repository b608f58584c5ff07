/**
 * Parameter Store over real connections, as a function's clients make them: kept ones die unnoticed while a process
 * stands still, and servers may fall silent at any point. Time passes when the test says so: an attempt's ends while
 * nothing answers, however long the machine takes for the rest.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parameterAccess } from '../../functions/wiring/parameters.ts'
import { ParameterFlagSource } from '../../lib/adapters/ssm/flag-source.ts'
import { momentOf } from '../../lib/domain/time.ts'
import { HandClock } from '../support/hand-clock.ts'

const answer = JSON.stringify({ Parameters: [{ Name: '/flags/TRADING_ENABLED', Value: 'true', Version: 1 }] })
/** By connection, in the order of their opening: how many requests each carried. */
let carried: number[]
let sockets: Socket[]
let serve: (connection: number, response: ServerResponse) => void
let server: Server
const before = { ...process.env }
const clock = new HandClock('2026-02-10T15:00:00Z')
/** How long each attempt may take, and what ends it. */
let attempts: { readonly limitMs: number; readonly limit: AbortController }[]

/** The time of the attempt under way passes. */
function timePasses(): void {
  const attempt = attempts.at(-1)
  clock.advance(attempt?.limitMs ?? 0)
  attempt?.limit.abort(new DOMException('no answer in time', 'TimeoutError'))
}

beforeEach(async () => {
  carried = []
  sockets = []
  attempts = []
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((limitMs) => {
    const limit = new AbortController()
    attempts.push({ limitMs, limit })
    return limit.signal
  })
  server = createServer((request, response) => {
    const connection = sockets.indexOf(request.socket)
    carried[connection] = (carried[connection] ?? 0) + 1
    request.resume()
    request.on('end', () => serve(connection, response))
  })
  server.on('connection', (socket) => sockets.push(socket))
  // none ends by itself
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  process.env['AWS_ENDPOINT_URL_SSM'] = `http://127.0.0.1:${port}`
  process.env['AWS_REGION'] = 'us-east-1'
  process.env['AWS_ACCESS_KEY_ID'] = 'test'
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test'
})
afterEach(async () => {
  vi.restoreAllMocks()
  process.env = before
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function answered(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(answer)
}

describe("a function's requests to Parameter Store", () => {
  const pause = async (milliseconds: number) => clock.advance(milliseconds)
  const flags = () => new ParameterFlagSource({ ...parameterAccess(), clock, pause }, '/flags')

  it('share a connection while it lives', async () => {
    serve = (_connection, response) => answered(response)
    const source = flags()
    await source.readNamed(['TRADING_ENABLED'])
    await source.readNamed(['TRADING_ENABLED'])
    expect(carried).toEqual([2])
  })

  it('are answered over another connection within 1.5 s when the kept one has died', async () => {
    let dead = false
    serve = (connection, response) => {
      if (!dead || connection > 0) answered(response)
      else timePasses()
    }
    const source = flags()
    await source.readNamed(['TRADING_ENABLED'])
    dead = true
    const begun = clock.now()
    const reading = await source.readNamed(['TRADING_ENABLED'])
    const took = clock.now() - begun
    expect(reading.values).toEqual({ TRADING_ENABLED: 'true' })
    expect(carried).toEqual([2, 1])
    expect(took).toBeLessThan(1500)
    // as old as the attempt that was answered
    expect(reading.readAt).toEqual(momentOf(clock))
  })

  it('end after two attempts of 1.2 s when answers stop in the middle', async () => {
    serve = (_connection, response) => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1', 'content-length': '1000' })
      response.write(answer)
    }
    // the answer's head has come, and its body is being read
    const inTheMiddle = () => void setImmediate(timePasses)
    subscribe('http.client.response.finish', inTheMiddle)
    try {
      await expect(flags().readNamed(['TRADING_ENABLED'])).rejects.toThrow('cannot be read')
    } finally {
      unsubscribe('http.client.response.finish', inTheMiddle)
    }
    expect(carried).toEqual([1, 1])
    expect(attempts.map(({ limitMs }) => limitMs)).toEqual([1200, 1200])
  })
})
