/**
 * The exchange's front over HTTP, speaking the Alpaca v2 endpoints that Torghut uses: sockets and streams.
 *
 * Invariant: it listens on 127.0.0.1 only.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AccountLabel } from '../../domain/account-label.ts'
import { InUseError, UnavailableError } from '../../domain/errors.ts'
import type { RouteName } from '../faults.ts'
import { BarStream } from './bar-stream.ts'
import type { DataFront } from './data-front.ts'
import { ExchangeFront, type ExchangeFrontOptions, LARGEST_BODY } from './front.ts'
import { UpdateStream } from './update-stream.ts'

export interface ExchangeServerOptions extends ExchangeFrontOptions {
  /** A free one if absent. */
  readonly port?: number
}

const HOST = '127.0.0.1'

export class ExchangeServer {
  readonly #options: ExchangeServerOptions
  readonly #front: ExchangeFront
  readonly #server: Server
  readonly updates: UpdateStream
  /** Null without a market. */
  readonly bars: BarStream | null
  #baseUrl = ''

  private constructor(options: ExchangeServerOptions) {
    this.#options = options
    this.#front = new ExchangeFront(options)
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
    this.updates = new UpdateStream(options.exchange, options.keys)
    const { market } = options
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
    const server = new ExchangeServer(options)
    await server.#listen(options.port ?? 0)
    return server
  }

  /** How long every answer is held back, in milliseconds. */
  set latencyMs(milliseconds: number) {
    this.#front.latencyMs = milliseconds
  }

  /** Null without a market. */
  get data(): DataFront | null {
    return this.#front.data
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
    return this.#front.requestCounts(account)
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
    const answer = await this.#front.answer({
      method: request.method,
      url: new URL(request.url ?? '/', `http://${HOST}`),
      header: (name) => {
        const value = request.headers[name]
        return typeof value === 'string' ? value : undefined
      },
      body: () => readBody(request),
    })
    if (answer.kind === 'disconnected') response.destroy()
    if (answer.kind === 'answered') response.writeHead(answer.status, answer.headers).end(answer.body)
  }
}

/** Null when it is too large: it is read to its end all the same, since the next request of its connection stands behind it. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= LARGEST_BODY) chunks.push(chunk)
  }
  return size > LARGEST_BODY ? null : Buffer.concat(chunks).toString('utf8')
}
