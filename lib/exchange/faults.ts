/**
 * Faults that tests order: what the exchange does wrong with the next requests of a kind. A layer between a
 * front and the core, the same over HTTP and inside the process. Pure.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { refusalOf } from './refusal.ts'

const TRADING_ROUTES = [
  'GET /v2/account',
  'GET /v2/positions',
  'GET /v2/orders',
  'GET /v2/orders/{id}',
  'GET /v2/orders:by_client_order_id',
  'POST /v2/orders',
  'DELETE /v2/orders/{id}',
  'DELETE /v2/orders',
  'GET /v2/calendar',
  'GET /v2/clock',
] as const
const DATA_ROUTES = [
  'GET /v2/stocks/bars',
  'GET /v2/stocks/bars/latest',
  'GET /v1beta3/crypto/us/bars',
  'GET /v1beta3/crypto/us/latest/bars',
  'GET /v1/corporate-actions',
] as const
export const ROUTES = [...TRADING_ROUTES, ...DATA_ROUTES] as const
export type TradingRouteName = (typeof TRADING_ROUTES)[number]
export type DataRouteName = (typeof DATA_ROUTES)[number]
export type RouteName = (typeof ROUTES)[number]

export function isDataRoute(route: RouteName): route is DataRouteName {
  return DATA_ROUTES.some((data) => data === route)
}

export interface FaultOrder {
  readonly on: RouteName
  readonly kind: FaultKind
  /** How many requests fail; 1 if absent. */
  readonly times?: number
  /** Only requests of this account. */
  readonly account?: AccountLabel
}

/** An answer in place of the exchange's own. */
export interface CannedAnswer {
  readonly status: number
  readonly body: string
  readonly contentType: string
}

/** What comes of a request: its own answer, another one in its place, or none. */
export type Outcome<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'replaced'; readonly by: CannedAnswer }
  /** Its own answer, spoilt: only where bars are told. */
  | { readonly kind: 'spoilt'; readonly answer: Answer; readonly how: Spoiling }
  /** Left waiting for ever, or the connection broken. */
  | { readonly kind: 'never' | 'disconnected' }

interface FaultEffect {
  readonly takesEffect: boolean | 'later'
  readonly outcome: Outcome<never>
}

export const JSON_TYPE = 'application/json; charset=UTF-8'

const NEVER = { kind: 'never' } as const
const DISCONNECTED = { kind: 'disconnected' } as const
const BROKEN = refusal(500, 50010000, 'internal server error occurred')

const EFFECTS = {
  timeout_before_accept: { takesEffect: false, outcome: NEVER },
  timeout_after_accept: { takesEffect: true, outcome: NEVER },
  disconnect_before_accept: { takesEffect: false, outcome: DISCONNECTED },
  disconnect_after_accept: { takesEffect: true, outcome: DISCONNECTED },
  /** The request takes effect when the test delivers it (`deliverHeld`). */
  held: { takesEffect: 'later', outcome: DISCONNECTED },
  '401': { takesEffect: false, outcome: refusal(401, 40110000, 'request is not authorized') },
  '403': { takesEffect: false, outcome: refusal(403, 40310000, 'forbidden.') },
  '404': { takesEffect: false, outcome: refusal(404, 40410000, 'not found') },
  '422': { takesEffect: false, outcome: refusal(422, 42210000, 'unprocessable') },
  '429': { takesEffect: false, outcome: refusal(429, 42910000, 'rate limit exceeded') },
  '500': { takesEffect: false, outcome: BROKEN },
  '503': { takesEffect: false, outcome: refusal(503, 50310000, 'service unavailable') },
  '500_after_accept': { takesEffect: true, outcome: BROKEN },
  /** 200 with a body that is not JSON, or not an order. */
  malformed_after_accept: { takesEffect: true, outcome: replaced(200, '{"id": "torn') },
  empty_after_accept: { takesEffect: true, outcome: replaced(200, '{}') },
  /** Pages that are not the broker's. */
  gateway_403: { takesEffect: false, outcome: page(403, 'Forbidden') },
  gateway_404: { takesEffect: false, outcome: page(404, 'Not found') },
  '504_after_accept': { takesEffect: true, outcome: page(504, 'Gateway time-out') },
  /** 200 in the broker's form, with nothing in it: what lists and single objects are read for is null. */
  null_fields: { takesEffect: false, outcome: replaced(200, '{"id": null, "equity": null, "cash": null}') },
  null_rows: { takesEffect: false, outcome: replaced(200, '[{"symbol": null, "qty": null, "side": null}]') },
  /** Of the data endpoints: the plan is without the feed, the plan's rate is used up, the answer is torn. */
  '403_feed': {
    takesEffect: false,
    outcome: message(403, 'subscription does not permit querying recent SIP data'),
  },
  '429_data': { takesEffect: false, outcome: message(429, 'too many requests.') },
  torn_bars: { takesEffect: false, outcome: replaced(200, '{"bars":{"AAPL":[{"t":"2013-10-01T13') },
} as const satisfies Readonly<Record<string, FaultEffect>>

const SPOILINGS = ['half_answer', 'wrong_types'] as const
/** Bars without half of the symbols and without a word about them, or with values of other types. */
export type Spoiling = (typeof SPOILINGS)[number]
export type FaultKind = keyof typeof EFFECTS | Spoiling
/** All kinds of faults, by name. */
export const FAULT_KINDS = [...Object.keys(EFFECTS), ...SPOILINGS] as readonly FaultKind[]

export class FaultPlan {
  readonly #orders: { readonly fault: FaultOrder; left: number }[] = []
  readonly #held: (() => unknown)[] = []

  add(fault: FaultOrder): void {
    this.#orders.push({ fault, left: fault.times ?? 1 })
  }

  /** Drops faults that have not happened yet. */
  clear(): void {
    this.#orders.length = 0
  }

  /** Lets the requests of `held` faults take effect now, in the order they came. Returns how many. */
  deliverHeld(): number {
    const held = this.#held.splice(0)
    for (const deliver of held) deliver()
    return held.length
  }

  /** Passes a request on to the exchange, through the oldest fault that was ordered for it. */
  pass<Answer>(route: RouteName, account: AccountLabel | null, perform: () => Answer): Outcome<Answer> {
    const kind = this.#take(route, account)
    if (kind === null) return { kind: 'answered', answer: perform() }
    if (kind === 'half_answer' || kind === 'wrong_types') {
      return { kind: 'spoilt', answer: perform(), how: kind }
    }
    const effect: FaultEffect = EFFECTS[kind]
    if (effect.takesEffect === 'later') this.#held.push(perform)
    else if (effect.takesEffect) perform()
    return effect.outcome
  }

  #take(route: RouteName, account: AccountLabel | null): FaultKind | null {
    if (this.#orders.length === 0) return null
    const due = this.#orders.find(
      ({ fault, left }) =>
        left > 0 && fault.on === route && (fault.account === undefined || fault.account === account),
    )
    if (due === undefined) return null
    due.left -= 1
    return due.fault.kind
  }
}

function refusal(status: number, code: number, message: string): Outcome<never> {
  return replaced(status, JSON.stringify(refusalOf(status, code, message).body))
}

/** As the data endpoints refuse. */
function message(status: number, text: string): Outcome<never> {
  return replaced(status, JSON.stringify({ message: text }))
}

function page(status: number, title: string): Outcome<never> {
  return replaced(status, `<h1>${title}</h1>`, 'text/html')
}

function replaced(status: number, body: string, contentType = JSON_TYPE): Outcome<never> {
  return { kind: 'replaced', by: { status, body, contentType } }
}
