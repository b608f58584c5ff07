/**
 * The paper exchange's HTTP side: sockets, keys, faults, latency and request counts.
 *
 * Invariants: it listens on 127.0.0.1 only; an account is reached only with its own key and secret, which
 * are shown to nobody; the effect of a request is stored before its answer is sent.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { AccountLabel } from '../../domain/account-label.ts'
import { InUseError, UnavailableError } from '../../domain/errors.ts'
import { refusalOf } from '../admission.ts'
import type { FaultEffect, FaultPlan, RouteName } from '../faults.ts'
import {
  answerRequest,
  routeOf,
  type ExchangeAnswer,
  type ExchangeRequest,
  type RouteContext,
} from './routes.ts'

export interface AccountKey {
  readonly label: AccountLabel
  readonly keyId: string
  readonly secret: string
}

export interface ExchangeServerOptions extends RouteContext {
  readonly keys: readonly AccountKey[]
  readonly faults: FaultPlan
  /** Called after an order was placed and its answer was made, before the answer is sent. */
  readonly onPlaced: (answer: ExchangeAnswer) => void
  /** Told of every fault that a request met, such as a full disk; the client only sees a 500. */
  readonly onFault: (error: unknown) => void
}

const HOST = '127.0.0.1'
const LARGEST_BODY = 64 * 1024

export class ExchangeServer {
  /** How long every answer is held back, in milliseconds. */
  latencyMs = 0
  readonly #options: ExchangeServerOptions
  readonly #server: Server
  readonly #counts = new Map<AccountLabel, Map<RouteName, number>>()
  readonly #held: (() => void)[] = []

  constructor(options: ExchangeServerOptions) {
    this.#options = options
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
    // Clients close idle connections; were it the server, a request could meet a closing one and be lost.
    this.#server.keepAliveTimeout = 0
  }

  /** @throws InUseError when the port is taken. */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const busy = cause.code === 'EADDRINUSE'
        reject(
          busy
            ? new InUseError(`port ${port} is taken`, { cause, advice: 'choose another port' })
            : new UnavailableError(`the paper exchange cannot listen on port ${port}`, { cause }),
        )
      })
      this.#server.listen(port, HOST, resolve)
    })
    const address = this.#server.address()
    return `http://${HOST}:${typeof address === 'object' && address !== null ? address.port : port}`
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => {
      this.#server.close(resolve)
    })
    this.#server.closeAllConnections()
    await closed
  }

  /** Authenticated requests so far, by route. */
  requestCounts(account: AccountLabel): Readonly<Partial<Record<RouteName, number>>> {
    return Object.fromEntries(this.#counts.get(account) ?? [])
  }

  /** Lets the requests of `held` faults take effect now, in the order they came. Returns how many. */
  deliverHeld(): number {
    const held = this.#held.splice(0)
    for (const deliver of held) deliver()
    return held.length
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `http://${HOST}`)
    const key = this.#authenticate(request)
    if (!('label' in key)) return send(response, key)
    const known = routeOf(request.method, url.pathname)
    if (known === null) return send(response, refusal(404, 40410000, 'endpoint not found.'))
    this.#count(key.label, known.route)
    const body = await readBody(request)
    if (body === null) return send(response, refusal(413, 41310000, 'request body is too large'))
    const account = this.#options.ledger.account(key.label)
    const exchangeRequest = { ...known, account, query: url.searchParams, body }
    const fault = this.#options.faults.take(known.route, key.label)
    if (this.latencyMs > 0) await delay(this.latencyMs)
    if (fault === null) return send(response, this.#perform(exchangeRequest))
    return this.#fail(fault, exchangeRequest, response)
  }

  #fail(fault: FaultEffect, request: ExchangeRequest, response: ServerResponse): void {
    if (fault.takesEffect === 'later') this.#held.push(() => void this.#perform(request))
    else if (fault.takesEffect) this.#perform(request)
    if (fault.answer === 'disconnect') response.destroy()
    else if (fault.answer !== 'never') {
      response.writeHead(fault.answer.status, { 'content-type': fault.answer.contentType })
      response.end(fault.answer.body)
    }
  }

  #perform(request: ExchangeRequest): ExchangeAnswer {
    try {
      const answer = answerRequest(request, this.#options)
      this.#options.onPlaced(answer)
      return answer
    } catch (error) {
      // Its effect could not be stored, so it has none.
      this.#options.onFault(error)
      return refusal(500, 50010000, 'internal server error occurred')
    }
  }

  #authenticate(request: IncomingMessage): AccountKey | ExchangeAnswer {
    const keyId = request.headers['apca-api-key-id']
    const known = this.#options.keys.find((key) => key.keyId === keyId)
    if (known === undefined) return refusal(401, 40110000, 'request is not authorized')
    return known.secret === request.headers['apca-api-secret-key']
      ? known
      : refusal(403, 40310000, 'forbidden.')
  }

  #count(account: AccountLabel, route: RouteName): void {
    const counts = this.#counts.get(account) ?? new Map<RouteName, number>()
    counts.set(route, (counts.get(route) ?? 0) + 1)
    this.#counts.set(account, counts)
  }
}

function refusal(status: number, code: number, message: string): ExchangeAnswer {
  return { status, json: refusalOf(status, code, message).body }
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LARGEST_BODY) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, answer: ExchangeAnswer): void {
  response.writeHead(answer.status, { 'content-type': 'application/json; charset=UTF-8' })
  response.end(answer.json === undefined ? undefined : JSON.stringify(answer.json))
}
