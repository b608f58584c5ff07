/**
 * Carries an AWS client's requests to a server in the same process by calling its request listener, without
 * a socket in between: half the processor time per call, and no timeouts.
 */
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { EventEmitter } from 'node:events'
import type { Server } from 'node:http'

type Transport = NonNullable<DynamoDBClientConfig['requestHandler']>
type Handle = Extract<Transport, { handle: unknown }>['handle']
type Request = Parameters<Handle>[0]
type Response = Awaited<ReturnType<Handle>>['response']

export function inProcessTransport(server: Server): Transport {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async (request: Request) => ({ response: await exchange(server, request) }),
    destroy: () => {},
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  }
}

/** Only what dynalite uses of a request and its response is there. */
function exchange(server: Server, request: Request): Promise<Response> {
  return new Promise((resolve) => {
    const incoming = Object.assign(new EventEmitter(), {
      method: request.method,
      url: request.path,
      headers: request.headers,
    })
    const headers: Record<string, string> = {}
    const outgoing = {
      statusCode: 200,
      setHeader: (name: string, value: unknown) => {
        headers[name.toLowerCase()] = String(value)
      },
      end: (body = '') => {
        resolve({ statusCode: outgoing.statusCode, headers, body: Buffer.from(body) })
      },
    }
    server.emit('request', incoming, outgoing)
    incoming.emit('data', bytesOf(request.body))
    incoming.emit('end')
  })
}

function bytesOf(body: unknown): Buffer {
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return Buffer.from(typeof body === 'string' ? body : '')
}
