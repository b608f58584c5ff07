/**
 * A small OFREP server over Flipt's engine: single flag evaluation as the specification has it
 * (https://openfeature.dev/docs/reference/other-technologies/ofrep/openapi/), namespaces by Flipt's header
 * (https://docs.flipt.io/v2/reference/openfeature/flag-evaluation), and the ways in which such a service fails.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fliptEngines, type Engine } from './engine.ts'

/** `hung`: no answer at all; `stuck`: an answer that never ends; `page`: one of something in front of the service. */
export type ServiceFault = 'hung' | 'stuck' | 'page' | 'failing' | 'rate_limited' | 'unauthorized'

const PATH = /^\/ofrep\/v1\/evaluate\/flags\/([^/]+)$/
/** By Flipt's reason. */
const REASONS: Readonly<Record<string, string>> = {
  MATCH_EVALUATION_REASON: 'TARGETING_MATCH',
  DEFAULT_EVALUATION_REASON: 'DEFAULT',
  FLAG_DISABLED_EVALUATION_REASON: 'DISABLED',
}

export class OfrepServer {
  readonly #server: Server
  readonly #engines: ReadonlyMap<string, Engine>
  /** What is wrong with the service now. */
  fault: ServiceFault | null = null
  /** Answers wait for one another until so many of them wait. */
  together = 1
  /** How often those that waited were let go. */
  rounds = 0
  #waiting: (() => void)[] = []
  requests = 0
  mostAtOnce = 0
  #underWay = 0

  private constructor(engines: ReadonlyMap<string, Engine>) {
    this.#engines = engines
    this.#server = createServer((request, response) => void this.#serve(request, response))
    // clients close idle connections; were it the server, a request could meet a closing one and be lost
    this.#server.keepAliveTimeout = 0
  }

  static async listen(): Promise<OfrepServer> {
    const made = new OfrepServer(await fliptEngines())
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve))
    return made
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1
    this.#underWay += 1
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#underWay)
    response.on('close', () => (this.#underWay -= 1))
    let text = ''
    for await (const chunk of request) text += String(chunk)
    await this.#turn()
    if (this.fault !== null) return fail(response, this.fault)
    const [, key] = PATH.exec(request.url ?? '') ?? []
    if (request.method !== 'POST' || key === undefined) return answer(response, 404, {})
    const namespace = request.headers['x-flipt-namespace'] ?? 'default'
    const { status, body } = evaluate(this.#engines.get(String(namespace)), key, text)
    answer(response, status, body)
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#waiting.length < this.together) return
      this.rounds += 1
      for (const answers of this.#waiting.splice(0)) answers()
    })
  }
}

function evaluate(engine: Engine | undefined, key: string, text: string): { status: number; body: object } {
  const { context } = JSON.parse(text) as { context?: { targetingKey?: string } }
  if (context?.targetingKey === undefined) {
    return { status: 400, body: { key, errorCode: 'TARGETING_KEY_MISSING' } }
  }
  if (engine?.flagKeys.has(key) !== true) {
    return { status: 404, body: { key, errorCode: 'FLAG_NOT_FOUND', errorDetails: `no flag ${key}` } }
  }
  const { enabled, reason } = engine.evaluateBoolean({
    flagKey: key,
    entityId: context.targetingKey,
    context: {},
  })
  const body = {
    key,
    value: enabled,
    variant: String(enabled),
    reason: REASONS[reason] ?? 'UNKNOWN',
    metadata: {},
  }
  return { status: 200, body }
}

function fail(response: ServerResponse, fault: ServiceFault): void {
  switch (fault) {
    case 'hung':
      return
    case 'stuck':
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"key":"torghut')
      return
    case 'page':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>')
      return
    case 'failing':
      return answer(response, 500, { errorDetails: 'storage is not reachable' })
    case 'rate_limited':
      response.setHeader('retry-after', '60')
      return answer(response, 429, {})
    case 'unauthorized':
      return answer(response, 401, {})
    default:
      return fault satisfies never
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
