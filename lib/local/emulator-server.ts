/** The embedded database over HTTP, on loopback, for clients in other processes. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { parseJson } from '../domain/parse-json.ts'
import type { Emulator } from './emulator.ts'

export interface EmulatorServer {
  readonly endpoint: string
  readonly close: () => Promise<void>
}

export async function serveEmulator(emulator: Emulator): Promise<EmulatorServer> {
  const server = createServer((request, response) => {
    serve(emulator, request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return { endpoint: `http://127.0.0.1:${port}`, close }
}

async function serve(emulator: Emulator, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // such as DynamoDB_20120810.GetItem
  const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
  const { status, body } = await emulator.answer(operation, parseJson(await text(request)))
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body))
}
