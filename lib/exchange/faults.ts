/**
 * Faults that tests order: what the exchange does wrong with the next requests of a kind. A layer between a
 * front and the core, the same over HTTP and inside the process. Pure.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { refusalOf } from './refusal.ts'

export const ROUTES = [
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
export type RouteName = (typeof ROUTES)[number]

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
} as const satisfies Readonly<Record<string, FaultEffect>>

export type FaultKind = keyof typeof EFFECTS
/** All kinds of faults, by name. */
export const FAULT_KINDS = Object.keys(EFFECTS) as readonly FaultKind[]

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
  pass<Answer>(route: RouteName, account: AccountLabel, perform: () => Answer): Outcome<Answer> {
    const effect = this.#take(route, account)
    if (effect === null) return { kind: 'answered', answer: perform() }
    if (effect.takesEffect === 'later') this.#held.push(perform)
    else if (effect.takesEffect) perform()
    return effect.outcome
  }

  #take(route: RouteName, account: AccountLabel): FaultEffect | null {
    const due = this.#orders.find(
      ({ fault, left }) =>
        left > 0 && fault.on === route && (fault.account === undefined || fault.account === account),
    )
    if (due === undefined) return null
    due.left -= 1
    return EFFECTS[due.fault.kind]
  }
}

function refusal(status: number, code: number, message: string): Outcome<never> {
  return replaced(status, JSON.stringify(refusalOf(status, code, message).body))
}

function page(status: number, title: string): Outcome<never> {
  return replaced(status, `<h1>${title}</h1>`, 'text/html')
}

function replaced(status: number, body: string, contentType = JSON_TYPE): Outcome<never> {
  return { kind: 'replaced', by: { status, body, contentType } }
}
