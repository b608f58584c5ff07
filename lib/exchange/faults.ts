/** Faults that tests order: what the exchange does wrong with the next requests of a kind. */
import type { AccountLabel } from '../domain/account-label.ts'

export type RouteName =
  | 'GET /v2/account'
  | 'GET /v2/positions'
  | 'GET /v2/orders'
  | 'GET /v2/orders/{id}'
  | 'GET /v2/orders:by_client_order_id'
  | 'POST /v2/orders'
  | 'DELETE /v2/orders/{id}'
  | 'DELETE /v2/orders'
  | 'GET /v2/calendar'
  | 'GET /v2/clock'

export type FaultKind =
  /** Never answers; the request has no effect, or has it. */
  | 'timeout_before_accept'
  | 'timeout_after_accept'
  /** Breaks the connection. */
  | 'disconnect_before_accept'
  | 'disconnect_after_accept'
  /** Breaks the connection; the request takes effect when the test delivers it (`deliverHeld`). */
  | 'held'
  /** Answers with this status and has no effect. */
  | '401'
  | '403'
  | '404'
  | '422'
  | '429'
  | '500'
  | '503'
  /** Has its effect, then answers 500, or 200 with a body that is not JSON, or not an order. */
  | '500_after_accept'
  | 'malformed_after_accept'
  | 'empty_after_accept'
  /** A 404 page that is not the broker's. */
  | 'gateway_404'

export interface FaultOrder {
  readonly on: RouteName
  readonly kind: FaultKind
  /** How many requests fail; 1 if absent. */
  readonly times?: number
  /** Only requests of this account. */
  readonly account?: AccountLabel
}

export interface CannedAnswer {
  readonly status: number
  readonly body: string
  readonly contentType: string
}

export type FaultEffect =
  | { readonly takesEffect: boolean; readonly answer: CannedAnswer }
  | { readonly takesEffect: boolean; readonly answer: 'never' | 'disconnect' }
  | { readonly takesEffect: 'later'; readonly answer: 'disconnect' }

const JSON_TYPE = 'application/json; charset=UTF-8'

const NO_EFFECT = { takesEffect: false } as const
const EFFECT = { takesEffect: true } as const
const BROKEN = refusal(500, 50010000, 'internal server error occurred')

const EFFECTS: Readonly<Record<FaultKind, FaultEffect>> = {
  timeout_before_accept: { ...NO_EFFECT, answer: 'never' },
  timeout_after_accept: { ...EFFECT, answer: 'never' },
  disconnect_before_accept: { ...NO_EFFECT, answer: 'disconnect' },
  disconnect_after_accept: { ...EFFECT, answer: 'disconnect' },
  held: { takesEffect: 'later', answer: 'disconnect' },
  '401': { ...NO_EFFECT, answer: refusal(401, 40110000, 'request is not authorized') },
  '403': { ...NO_EFFECT, answer: refusal(403, 40310000, 'forbidden.') },
  '404': { ...NO_EFFECT, answer: refusal(404, 40410000, 'not found') },
  '422': { ...NO_EFFECT, answer: refusal(422, 42210000, 'unprocessable') },
  '429': { ...NO_EFFECT, answer: refusal(429, 42910000, 'rate limit exceeded') },
  '500': { ...NO_EFFECT, answer: BROKEN },
  '503': { ...NO_EFFECT, answer: refusal(503, 50310000, 'service unavailable') },
  '500_after_accept': { ...EFFECT, answer: BROKEN },
  malformed_after_accept: {
    ...EFFECT,
    answer: { status: 200, body: '{"id": "torn', contentType: JSON_TYPE },
  },
  empty_after_accept: { ...EFFECT, answer: { status: 200, body: '{}', contentType: JSON_TYPE } },
  gateway_404: {
    ...NO_EFFECT,
    answer: { status: 404, body: '<h1>Not found</h1>', contentType: 'text/html' },
  },
}

export class FaultPlan {
  readonly #orders: { readonly fault: FaultOrder; left: number }[] = []

  add(fault: FaultOrder): void {
    this.#orders.push({ fault, left: fault.times ?? 1 })
  }

  clear(): void {
    this.#orders.length = 0
  }

  /** The fault that meets this request, oldest order first, or null; counts it as used. */
  take(route: RouteName, account: AccountLabel): FaultEffect | null {
    const due = this.#orders.find(
      ({ fault, left }) =>
        left > 0 && fault.on === route && (fault.account === undefined || fault.account === account),
    )
    if (due === undefined) return null
    due.left -= 1
    return EFFECTS[due.fault.kind]
  }
}

function refusal(status: number, code: number, message: string): CannedAnswer {
  return { status, body: JSON.stringify({ code, message }), contentType: JSON_TYPE }
}
