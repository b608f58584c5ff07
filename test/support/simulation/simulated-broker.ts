/**
 * The outside world of a simulation: an exchange that may answer late, wrongly or not at all, and whose orders
 * may land after the sender has given up - though never later than 10 s after its invocation's deadline.
 *
 * Either it takes a client order id twice, so that only our own protocol keeps a second order away; or it
 * refuses the second, as Alpaca does, but then its look-ups lag behind what it has taken.
 */
import { ZERO } from '../../../lib/domain/decimal.ts'
import { asAlpacaOrderId, type ClientOrderId } from '../../../lib/domain/ids.ts'
import type { AccountSnapshot, BrokerTarget } from '../../../lib/domain/account.ts'
import { decimal } from '../../../lib/domain/decimal.ts'
import type {
  BrokerOrder,
  OrderLookup,
  OrderRequest,
  SubmitAnswer,
  SubmittingBroker,
} from '../../../lib/ports/broker.ts'
import { CLAIM_MARGIN_MS } from '../../../lib/orders/claims.ts'
import type { Random } from './random.ts'
import type { Invocation, Scheduler } from './scheduler.ts'

/** How far look-ups may lag behind, with `unique`. */
const LOOKUP_LAG_MS = 40_000

interface InFlight {
  readonly landsAt: number
  readonly order: OrderRequest
}

export class SimulatedExchange {
  readonly orders: BrokerOrder[] = []
  faulty = true
  readonly #random: Random
  readonly #unique: boolean
  readonly #scheduler: Scheduler
  #inFlight: InFlight[] = []

  constructor(random: Random, scheduler: Scheduler, unique: boolean) {
    this.#unique = unique
    this.#random = random
    this.#scheduler = scheduler
  }

  /** Lets requests land whose time has come. */
  land(): void {
    const now = this.#scheduler.clock.now()
    const due = this.#inFlight.filter(({ landsAt }) => landsAt <= now)
    this.#inFlight = this.#inFlight.filter(({ landsAt }) => landsAt > now)
    for (const { order } of due) {
      if (!this.#unique || this.#orderOf(order.clientOrderId) === undefined) this.#take(order)
    }
  }

  submit(order: OrderRequest, invocation: Invocation): SubmitAnswer {
    if (this.#unique && this.#orderOf(order.clientOrderId) !== undefined) {
      return { kind: 'unprocessable', body: 'client_order_id must be unique' }
    }
    const draw = this.faulty ? this.#random.below(10) : 0
    switch (draw) {
      case 1:
        return { kind: 'rate_limited' }
      case 2:
        return { kind: 'refused', status: 403, body: 'insufficient buying power' }
      case 3:
        return { kind: 'unprocessable', body: 'client_order_id must be unique' }
      case 4:
        return { kind: 'ambiguous', reason: 'lost on the way' }
      case 5:
        this.#take(order)
        return { kind: 'ambiguous', reason: 'the answer was lost' }
      case 6: {
        const now = this.#scheduler.clock.now()
        const latest = invocation.deadline + CLAIM_MARGIN_MS
        this.#inFlight.push({ landsAt: now + this.#random.below(latest - now), order })
        return { kind: 'ambiguous', reason: 'timeout while the request is on its way' }
      }
      default:
        return { kind: 'accepted', order: this.#take(order) }
    }
  }

  find(id: ClientOrderId): OrderLookup {
    if (this.faulty && this.#random.below(6) === 0)
      return { kind: 'unavailable', reason: 'the look-up failed' }
    const order = this.#orderOf(id)
    const lag = this.#unique && this.faulty ? this.#random.below(LOOKUP_LAG_MS) : 0
    const visible = (order?.updatedAt ?? 0) + lag <= this.#scheduler.clock.now()
    return order === undefined || !visible ? { kind: 'not_found' } : { kind: 'found', order }
  }

  #orderOf(id: ClientOrderId): BrokerOrder | undefined {
    return this.orders.find((candidate) => candidate.clientOrderId === id)
  }

  snapshot(): AccountSnapshot {
    const amount = decimal('1000000')
    return {
      balance: {
        brokerAccountId: 'simulated',
        equity: amount,
        lastEquity: amount,
        cash: amount,
        buyingPower: amount,
        tradingBlocked: false,
      },
      positions: [],
      openOrders: [],
    }
  }

  #take(request: OrderRequest): BrokerOrder {
    const order: BrokerOrder = {
      ...request,
      alpacaOrderId: asAlpacaOrderId(`order-${this.orders.length + 1}`),
      status: 'new',
      filledQuantity: ZERO,
      averageFillPrice: null,
      updatedAt: this.#scheduler.clock.now(),
    }
    this.orders.push(order)
    return order
  }
}

/** The exchange as one invocation reaches it. `onPost` sees each submission at the moment it starts. */
export function connectSimulated(
  exchange: SimulatedExchange,
  target: BrokerTarget,
  scheduler: Scheduler,
  invocation: Invocation,
  onPost: (order: OrderRequest) => void,
): SubmittingBroker {
  const call = async <Answer>(ask: () => Answer): Promise<Answer> => {
    await scheduler.step(invocation)
    const answer = ask()
    await scheduler.step(invocation)
    return answer
  }
  return {
    target,
    submit: (order) => {
      onPost(order)
      return call(() => exchange.submit(order, invocation))
    },
    findByClientOrderId: (id) => call(() => exchange.find(id)),
    snapshot: () => call(() => exchange.snapshot()),
    cancel: () => call(() => ({ kind: 'not_cancellable' as const })),
  }
}
