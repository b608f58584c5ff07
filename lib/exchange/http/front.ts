/**
 * What the exchange answers to a request in HTTP's words, whoever carries it: keys, routes, latency, faults and request counts.
 * Knows nothing of sockets.
 *
 * Invariants: an account is reached only with its own key and secret, which are shown to nobody; the effect of a request
 * is stored before it is answered.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { AccountLabel } from '../../domain/account-label.ts'
import { FaultPlan, isDataRoute, JSON_TYPE, type Outcome, type RouteName } from '../faults.ts'
import { spoilt } from '../market-data/spoilt-answer.ts'
import type { PaperExchange } from '../paper-exchange.ts'
import { refusalOf } from '../refusal.ts'
import { type AccountKey, refuseSharedKeys } from './account-key.ts'
import { DataFront, type MarketOptions } from './data-front.ts'
import { answerRequest, refused, routeOf, type ExchangeAnswer, type ExchangeRequest } from './routes.ts'

export interface ExchangeFrontOptions {
  readonly exchange: PaperExchange
  /** Of accounts that are open. */
  readonly keys: readonly AccountKey[]
  readonly faults?: FaultPlan
  /** What the data endpoints and streams show; without it there are none. */
  readonly market?: MarketOptions
  /** Told of faults behind a 500, such as a log that cannot be written; nobody is if absent. */
  readonly onFault?: (error: unknown) => void
}

/** Larger requests are refused unread. */
export const LARGEST_BODY = 64 * 1024

/** A request as it came. */
export interface FrontRequest {
  readonly method: string | undefined
  readonly url: URL
  readonly header: (name: string) => string | undefined
  /** As text; null: it is too large. */
  readonly body: () => Promise<string | null>
}

/** An answer as it goes; or left waiting for ever, or the connection broken. */
export type FrontAnswer =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      /** Null: empty. */
      readonly body: string | null
    }
  | { readonly kind: 'never' }
  | { readonly kind: 'disconnected' }

const NO_ENDPOINT = refused(refusalOf(404, 40410000, 'endpoint not found.'))
const TOO_LARGE = refused(refusalOf(413, 41310000, 'request body is too large'))

export class ExchangeFront {
  /** How long every answer is held back, in milliseconds. */
  latencyMs = 0
  readonly #options: ExchangeFrontOptions
  readonly #faults: FaultPlan
  /** Null without a market. */
  readonly data: DataFront | null
  readonly #counts = new Map<AccountLabel, Map<RouteName, number>>()

  /** @throws ConfigurationError when two accounts share a label or a key. */
  constructor(options: ExchangeFrontOptions) {
    refuseSharedKeys(options.keys)
    this.#options = options
    this.#faults = options.faults ?? new FaultPlan()
    const { market, exchange } = options
    this.data = market === undefined ? null : new DataFront(market, exchange.clock)
  }

  async answer(request: FrontRequest): Promise<FrontAnswer> {
    return asSent(await this.#outcomeOf(request))
  }

  /** Authenticated requests so far, by route. */
  requestCounts(account: AccountLabel): Readonly<Partial<Record<RouteName, number>>> {
    return Object.fromEntries(this.#counts.get(account) ?? [])
  }

  async #outcomeOf({ method, url, header, body }: FrontRequest): Promise<Outcome<ExchangeAnswer>> {
    const key = this.#authenticate(header)
    const { route = null, id = '' } = routeOf(method, url.pathname) ?? {}
    const query = url.searchParams
    if (route !== null && isDataRoute(route)) {
      const label = 'label' in key ? key.label : null
      if (label !== null) this.#count(label, route)
      await this.#hold()
      const known = 'label' in key ? key : null
      return this.#faults.pass(route, label, () => this.data?.answer(route, known, query) ?? NO_ENDPOINT)
    }
    if (!('label' in key)) return answered(key)
    if (route === null) return answered(NO_ENDPOINT)
    this.#count(key.label, route)
    const text = await body()
    if (text === null) return answered(TOO_LARGE)
    const account = this.#options.exchange.account(key.label)
    const asked = { route, id, account, query, body: text }
    await this.#hold()
    return this.#faults.pass(route, key.label, () => this.#perform(asked))
  }

  async #hold(): Promise<void> {
    if (this.latencyMs > 0) await delay(this.latencyMs)
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

  #authenticate(header: FrontRequest['header']): AccountKey | ExchangeAnswer {
    const keyId = header('apca-api-key-id')
    const known = this.#options.keys.find((key) => key.keyId === keyId)
    if (known === undefined) return refused(refusalOf(401, 40110000, 'request is not authorized'))
    return known.secret === header('apca-api-secret-key')
      ? known
      : refused(refusalOf(403, 40310000, 'forbidden.'))
  }

  #count(account: AccountLabel, route: RouteName): void {
    const counts = this.#counts.get(account) ?? new Map<RouteName, number>()
    counts.set(route, (counts.get(route) ?? 0) + 1)
    this.#counts.set(account, counts)
  }
}

function answered(answer: ExchangeAnswer): Outcome<ExchangeAnswer> {
  return { kind: 'answered', answer }
}

function asSent(outcome: Outcome<ExchangeAnswer>): FrontAnswer {
  switch (outcome.kind) {
    case 'answered':
      return inJson(outcome.answer)
    case 'spoilt':
      return inJson({ ...outcome.answer, json: spoilt(outcome.answer.json, outcome.how) })
    case 'replaced': {
      const { status, body, contentType } = outcome.by
      return { kind: 'answered', status, headers: { 'content-type': contentType }, body }
    }
    case 'never':
    case 'disconnected':
      return { kind: outcome.kind }
    default:
      return outcome satisfies never
  }
}

function inJson({ status, json, headers }: ExchangeAnswer): FrontAnswer {
  const body = json === undefined ? null : JSON.stringify(json)
  return { kind: 'answered', status, headers: { 'content-type': JSON_TYPE, ...headers }, body }
}
