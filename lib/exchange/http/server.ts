/**
 * The exchange's front over HTTP, speaking the Alpaca v2 endpoints that Torghut uses: sockets, keys, latency and
 * request counts.
 *
 * Invariants: it listens on 127.0.0.1 only; an account is reached only with its own key and secret, which
 * are shown to nobody; the effect of a request is stored before its answer is sent.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { AccountLabel } from '../../domain/account-label.ts'
import { InUseError, UnavailableError } from '../../domain/errors.ts'
import { refusalOf } from '../refusal.ts'
import {
  type DataRouteName,
  FaultPlan,
  isDataRoute,
  JSON_TYPE,
  type Outcome,
  type RouteName,
} from '../faults.ts'
import { spoilt } from '../market-data/spoilt-answer.ts'
import type { PaperExchange } from '../paper-exchange.ts'
import { BarStream } from './bar-stream.ts'
import { DataFront, type MarketOptions } from './data-front.ts'
import { UpdateStream } from './update-stream.ts'
import { type AccountKey, refuseSharedKeys } from './account-key.ts'
import { answerRequest, refused, routeOf, type ExchangeAnswer, type ExchangeRequest } from './routes.ts'

export interface ExchangeServerOptions {
  readonly exchange: PaperExchange
  /** Of accounts that are open. */
  readonly keys: readonly AccountKey[]
  /** A free one if absent. */
  readonly port?: number
  readonly faults?: FaultPlan
  /** What the data endpoints and streams show; without it there are none. */
  readonly market?: MarketOptions
  /** Told of faults behind a 500, such as a log that cannot be written; nobody is if absent. */
  readonly onFault?: (error: unknown) => void
}

const HOST = '127.0.0.1'
const LARGEST_BODY = 64 * 1024
const NO_ENDPOINT = refused(refusalOf(404, 40410000, 'endpoint not found.'))

export class ExchangeServer {
  /** How long every answer is held back, in milliseconds. */
  latencyMs = 0
  readonly #options: ExchangeServerOptions
  readonly #faults: FaultPlan
  readonly #server: Server
  readonly updates: UpdateStream
  /** Null without a market. */
  readonly bars: BarStream | null
  readonly data: DataFront | null
  readonly #counts = new Map<AccountLabel, Map<RouteName, number>>()
  #baseUrl = ''

  private constructor(options: ExchangeServerOptions) {
    this.#options = options
    this.#faults = options.faults ?? new FaultPlan()
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
    this.updates = new UpdateStream(options.exchange, options.keys)
    const { market } = options
    this.data = market === undefined ? null : new DataFront(market, options.exchange.clock)
    this.bars = market && this.data ? new BarStream(market.tape, this.data.feeds, options.keys) : null
    this.#server.on('upgrade', (request, socket, head) => {
      if (this.bars?.accept(request, socket, head) !== true) this.updates.accept(request, socket, head)
    })
    // Clients close idle connections; were it the server, a request could meet a closing one and be lost.
    this.#server.keepAliveTimeout = 0
  }

  /**
   * Begins to listen.
   * @throws InUseError for a taken port; ConfigurationError when two accounts share a label or a key.
   */
  static async listen(options: ExchangeServerOptions): Promise<ExchangeServer> {
    refuseSharedKeys(options.keys)
    const server = new ExchangeServer(options)
    await server.#listen(options.port ?? 0)
    return server
  }

  /** No trailing slash. */
  get baseUrl(): string {
    return this.#baseUrl
  }

  /** Stops listening; what is under way is cut off. The exchange itself stays open. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => {
      this.#server.close(resolve)
    })
    this.updates.close()
    this.bars?.close()
    this.#server.closeAllConnections()
    await closed
  }

  /** The market's clock has moved: what waited fills, prices follow, and streams are told of the bars that have come. */
  step(): void {
    this.#options.market?.follower?.step()
    this.bars?.publish()
  }

  /** Authenticated requests so far, by route. */
  requestCounts(account: AccountLabel): Readonly<Partial<Record<RouteName, number>>> {
    return Object.fromEntries(this.#counts.get(account) ?? [])
  }

  async #listen(port: number): Promise<void> {
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
    this.#baseUrl = `http://${HOST}:${typeof address === 'object' && address !== null ? address.port : port}`
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `http://${HOST}`)
    const key = this.#authenticate(request)
    const { route = null, id = '' } = routeOf(request.method, url.pathname) ?? {}
    if (route !== null && isDataRoute(route)) {
      return this.#serveData(route, 'label' in key ? key : null, url.searchParams, response)
    }
    if (!('label' in key)) return send(response, key)
    if (route === null) return send(response, NO_ENDPOINT)
    this.#count(key.label, route)
    const body = await readBody(request)
    if (body === null) return send(response, refused(refusalOf(413, 41310000, 'request body is too large')))
    const account = this.#options.exchange.account(key.label)
    const asked = { route, id, account, query: url.searchParams, body }
    if (this.latencyMs > 0) await delay(this.latencyMs)
    const outcome = this.#faults.pass(route, key.label, () => this.#perform(asked))
    return deliver(outcome, response)
  }

  async #serveData(
    route: DataRouteName,
    key: AccountKey | null,
    query: URLSearchParams,
    response: ServerResponse,
  ): Promise<void> {
    if (key !== null) this.#count(key.label, route)
    if (this.latencyMs > 0) await delay(this.latencyMs)
    const outcome = this.#faults.pass(
      route,
      key?.label ?? null,
      () => this.data?.answer(route, key, query) ?? NO_ENDPOINT,
    )
    return deliver(outcome, response)
  }

  #perform(request: ExchangeRequest): ExchangeAnswer {
    try {
      const answer = answerRequest(request, this.#options.exchange)
      if (request.route === 'POST /v2/orders') this.#options.market?.follower?.orderSent()
      return answer
    } catch (error) {
      // Its effect could not be stored, so it has none.
      this.#options.onFault?.(error)
      return refused(refusalOf(500, 50010000, 'internal server error occurred'))
    }
  }

  #authenticate(request: IncomingMessage): AccountKey | ExchangeAnswer {
    const keyId = request.headers['apca-api-key-id']
    const known = this.#options.keys.find((key) => key.keyId === keyId)
    if (known === undefined) return refused(refusalOf(401, 40110000, 'request is not authorized'))
    return known.secret === request.headers['apca-api-secret-key']
      ? known
      : refused(refusalOf(403, 40310000, 'forbidden.'))
  }

  #count(account: AccountLabel, route: RouteName): void {
    const counts = this.#counts.get(account) ?? new Map<RouteName, number>()
    counts.set(route, (counts.get(route) ?? 0) + 1)
    this.#counts.set(account, counts)
  }
}

function deliver(outcome: Outcome<ExchangeAnswer>, response: ServerResponse): void {
  if (outcome.kind === 'answered') send(response, outcome.answer)
  else if (outcome.kind === 'spoilt') {
    send(response, { ...outcome.answer, json: spoilt(outcome.answer.json, outcome.how) })
  } else if (outcome.kind === 'disconnected') response.destroy()
  else if (outcome.kind === 'replaced') {
    response.writeHead(outcome.by.status, { 'content-type': outcome.by.contentType })
    response.end(outcome.by.body)
  }
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
  response.writeHead(answer.status, { 'content-type': JSON_TYPE, ...answer.headers })
  response.end(answer.json === undefined ? undefined : JSON.stringify(answer.json))
}
