/** One request to the broker: what its faults answer. */
import type { BrokerAnswer, BrokerRequest, SimulatedExchange } from './exchange.ts'
import type { RequestFault } from './faults.ts'
import type { Request, SpecialFault } from './request.ts'

const TIMEOUT_MS = 8000
/** Submissions, and look-ups of what became of them, are what most of the protocol is about. */
const ORDER_WEIGHT = 8
/** Drawn twice as often as what happens to other requests too. */
const POST_FAULTS: readonly RequestFault[] = [
  'broker_500',
  'broker_500_after',
  'broker_500_after',
  'broker_malformed_after',
  'broker_malformed_after',
  'broker_gateway_page',
  'broker_refuses',
  'broker_refuses',
  'broker_refuses',
  'broker_422',
  'broker_422',
]
const READ_FAULTS: readonly RequestFault[] = ['broker_500', 'broker_gateway_page']
const LOOKUP_FAULTS: readonly RequestFault[] = ['broker_500', 'broker_gateway_page', 'stale', 'stale']

const ANSWERS: Readonly<Partial<Record<RequestFault, BrokerAnswer>>> = {
  broker_500: json(500, 50010000, 'internal server error occurred'),
  broker_500_after: json(500, 50010000, 'internal server error occurred'),
  broker_malformed_after: { status: 200, body: '{"id": "torn' },
  broker_refuses: json(403, 40310000, 'insufficient buying power'),
  broker_422: json(422, 42210000, 'unprocessable'),
}
/** What stands in front of the broker answers like this, whatever the broker did. */
const GATEWAY_STATUSES = [403, 404, 408, 499] as const
const TOO_MANY = json(429, 42910000, 'rate limit exceeded')
const NO_ACCOUNT = { status: 200, body: '{"id": "an account without the rest"}' }
const OUTAGE = { status: 503, body: '<html>down</html>' }

export interface BrokerWorld {
  now(): number
  readonly lookupLagMs: number
}

export function brokerRequest(
  request: BrokerRequest,
  exchange: SimulatedExchange,
  world: BrokerWorld,
): { readonly answer: Request<BrokerAnswer>; readonly ended: (answer: BrokerAnswer) => void } {
  const { method, url } = request
  const asked = (name: string): string | null => (url.search === '' ? null : url.searchParams.get(name))
  const isSweep = method === 'GET' && asked('status') === 'all'
  const isLookup = url.pathname.endsWith(':by_client_order_id')
  const showsLate = isSweep || isLookup
  const isPost = method === 'POST'
  const id = asked('client_order_id') ?? ''
  const posted = isPost
    ? (JSON.parse(request.body) as { readonly client_order_id: string }).client_order_id
    : id
  return {
    answer: {
      service: 'broker',
      operation: `${method} ${url.pathname}`,
      subject: `${request.keyId} ${posted}`,
      isWrite: method !== 'GET',
      timeoutMs: TIMEOUT_MS,
      weight: isPost || isLookup ? ORDER_WEIGHT : 1,
      faults: isPost ? POST_FAULTS : showsLate && world.lookupLagMs > 0 ? LOOKUP_FAULTS : READ_FAULTS,
      perform: (now, asOf) => {
        if (exchange.outUntil > now || (isPost && exchange.hangsUntil > now)) return OUTAGE
        if (exchange.accountUnreadableUntil > now && url.pathname.endsWith('/account')) return NO_ACCOUNT
        // a stale look-up sees the orders of some time ago
        const lag = asOf === Infinity ? 0 : world.lookupLagMs
        return exchange.handle(request, lag)
      },
      hangs: () => isLookup && exchange.hangsUntil > world.now(),
      throttled: () => TOO_MANY,
      special: (fault, draw): SpecialFault<BrokerAnswer> => {
        if (fault === 'broker_gateway_page') {
          const page = { status: draw.pick(GATEWAY_STATUSES), body: '<h1>Try again</h1>' }
          return { takesEffect: draw.chance(0.5), give: () => page }
        }
        const takesEffect = fault === 'broker_500_after' || fault === 'broker_malformed_after'
        return { takesEffect, give: () => ANSWERS[fault] ?? OUTAGE }
      },
    },
    ended: ({ status, body }) => {
      const refused = isPost && status >= 400 && status < 500 && status !== 429
      if (refused && body.startsWith('{')) exchange.refusals.add(posted)
    },
  }
}

function json(status: number, code: number, message: string): BrokerAnswer {
  return { status, body: JSON.stringify({ code, message }) }
}
