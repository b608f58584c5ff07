/**
 * Parameter Store over real connections, as a function's clients make them: kept ones die unnoticed while a process
 * stands still, and servers may fall silent at any point.
 */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parameterAccess } from '../../functions/wiring/parameters.ts'
import { ParameterFlagSource } from '../../lib/adapters/ssm/flag-source.ts'

const answer = JSON.stringify({ Parameters: [{ Name: '/flags/TRADING_ENABLED', Value: 'true', Version: 1 }] })
/** By connection, in the order of their opening: how many requests each carried. */
let carried: number[]
let sockets: Socket[]
let serve: (connection: number, response: ServerResponse) => void
let server: Server
const before = { ...process.env }

beforeEach(async () => {
  carried = []
  sockets = []
  server = createServer((request, response) => {
    const connection = sockets.indexOf(request.socket)
    carried[connection] = (carried[connection] ?? 0) + 1
    request.resume()
    request.on('end', () => serve(connection, response))
  })
  server.on('connection', (socket) => sockets.push(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  process.env['AWS_ENDPOINT_URL_SSM'] = `http://127.0.0.1:${port}`
  process.env['AWS_REGION'] = 'us-east-1'
  process.env['AWS_ACCESS_KEY_ID'] = 'test'
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test'
})
afterEach(async () => {
  process.env = before
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function answered(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(answer)
}

describe("a function's requests to Parameter Store", () => {
  const flags = () => new ParameterFlagSource(parameterAccess(), '/flags')

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
    }
    const source = flags()
    await source.readNamed(['TRADING_ENABLED'])
    dead = true
    const begun = performance.now()
    const reading = await source.readNamed(['TRADING_ENABLED'])
    const took = performance.now() - begun
    expect(reading.values).toEqual({ TRADING_ENABLED: 'true' })
    expect(carried).toEqual([2, 1])
    expect(took).toBeLessThan(1500)
    expect(performance.now() - reading.readAt.monotonic).toBeLessThan(300)
  })

  it('end after two attempts of 1.2 s when answers stop in the middle', async () => {
    serve = (_connection, response) => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1', 'content-length': '1000' })
      response.write(answer)
    }
    const begun = performance.now()
    await expect(flags().readNamed(['TRADING_ENABLED'])).rejects.toThrow('cannot be read')
    expect(performance.now() - begun).toBeLessThan(2700)
    expect(carried).toEqual([1, 1])
  }, 10_000)
})
