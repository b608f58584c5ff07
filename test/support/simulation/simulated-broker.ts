/**
 * The outside world of a simulation: the paper exchange behind a network that may answer late, wrongly or not at
 * all, and where orders may land after the sender has given up - though never later than 10 s after its
 * invocation's deadline.
 *
 * Either it takes a client order id twice, so that only our own protocol keeps a second order away; or it
 * refuses the second, as Alpaca does, but then its look-ups lag behind what it has taken.
 */
import { accountLabel } from '../../../lib/domain/account-label.ts'
import type { BrokerTarget } from '../../../lib/domain/account.ts'
import { decimal } from '../../../lib/domain/decimal.ts'
import { asClientOrderId, type ClientOrderId } from '../../../lib/domain/ids.ts'
import { epochNsOf } from '../../../lib/domain/nano-time.ts'
import { FaultPlan, type FaultKind } from '../../../lib/exchange/faults.ts'
import { InProcessBroker } from '../../../lib/exchange/in-process.ts'
import { PaperExchange } from '../../../lib/exchange/paper-exchange.ts'
import type { OrderLookup, OrderRequest, SubmitAnswer, SubmittingBroker } from '../../../lib/ports/broker.ts'
import { CLAIM_MARGIN_MS } from '../../../lib/orders/claims.ts'
import type { Random } from './random.ts'
import type { Invocation, Scheduler } from './scheduler.ts'

const LABEL = accountLabel('alpha')
/** How far look-ups may lag behind, when client order ids are unique. */
const LOOKUP_LAG_MS = 40_000
/** By a draw of 10; every other one goes well. */
const FAULTS: Readonly<Record<number, FaultKind>> = {
  1: '429',
  2: '403',
  3: '422',
  4: 'timeout_before_accept',
  5: 'timeout_after_accept',
}
const STILL_UNDER_WAY = 6
/** What a client order id is marked with when it was taken before. */
const AGAIN = '~again'

export class SimulatedExchange {
  faulty = true
  readonly #faults = new FaultPlan()
  readonly #exchange: PaperExchange
  readonly #broker: SubmittingBroker
  readonly #random: Random
  readonly #unique: boolean
  readonly #scheduler: Scheduler
  #inFlight: { readonly landsAt: number; readonly order: OrderRequest }[] = []

  constructor(random: Random, scheduler: Scheduler, target: BrokerTarget, unique: boolean) {
    this.#unique = unique
    this.#random = random
    this.#scheduler = scheduler
    this.#exchange = new PaperExchange({ clock: scheduler.clock, alwaysOpen: true })
    this.#exchange.openAccount({ label: LABEL, cash: decimal('1000000') })
    this.#exchange.markPrices({ AAPL: decimal('100') })
    this.#broker = new InProcessBroker(this.#exchange, LABEL, target, this.#faults)
  }

  /** The client order ids of all orders taken, as their senders named them. */
  get taken(): readonly string[] {
    return this.#exchange.orders(LABEL).map(({ client_order_id: id }) => id.replaceAll(AGAIN, ''))
  }

  /** Lets requests land whose time has come. */
  land(): void {
    const now = this.#scheduler.clock.now()
    const due = this.#inFlight.filter(({ landsAt }) => landsAt <= now)
    this.#inFlight = this.#inFlight.filter(({ landsAt }) => landsAt > now)
    for (const { order } of due) void this.#broker.submit(this.#named(order))
  }

  async submit(order: OrderRequest, invocation: Invocation): Promise<SubmitAnswer> {
    const isNew = !this.#unique || !this.taken.includes(order.clientOrderId)
    const draw = this.faulty && isNew ? this.#random.below(10) : 0
    if (draw === STILL_UNDER_WAY) {
      const now = this.#scheduler.clock.now()
      const latest = invocation.deadline + CLAIM_MARGIN_MS
      this.#inFlight.push({ landsAt: now + this.#random.below(latest - now), order })
      return { kind: 'ambiguous', reason: 'timeout while the request is on its way' }
    }
    const kind = FAULTS[draw]
    if (kind !== undefined) this.#faults.add({ on: 'POST /v2/orders', kind })
    const answer = await this.#broker.submit(this.#named(order))
    if (answer.kind !== 'accepted') return answer
    return { kind: 'accepted', order: { ...answer.order, clientOrderId: order.clientOrderId } }
  }

  async find(id: ClientOrderId): Promise<OrderLookup> {
    if (this.faulty && this.#random.below(6) === 0)
      this.#faults.add({ on: 'GET /v2/orders:by_client_order_id', kind: '503' })
    const found = await this.#broker.findByClientOrderId(id)
    if (found.kind !== 'found') return found
    const lag = this.#unique && this.faulty ? this.#random.below(LOOKUP_LAG_MS) : 0
    const visible =
      found.order.updatedAt === null ||
      found.order.updatedAt + BigInt(lag) * 1_000_000n <= epochNsOf(this.#scheduler.clock.now())
    return visible ? found : { kind: 'not_found' }
  }

  /** The exchange as one invocation reaches it. `onPost` sees each submission at the moment it starts. */
  connect(invocation: Invocation, onPost: (order: OrderRequest) => void): SubmittingBroker {
    const call = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
      await this.#scheduler.step(invocation)
      const answer = await ask()
      await this.#scheduler.step(invocation)
      return answer
    }
    return {
      target: this.#broker.target,
      submit: (order) => {
        onPost(order)
        return call(() => this.submit(order, invocation))
      },
      findByClientOrderId: (id) => call(() => this.find(id)),
      snapshot: () => call(() => this.#broker.snapshot()),
      openOrders: () => call(() => this.#broker.openOrders()),
      finalOrders: (sentAfter) => call(() => this.#broker.finalOrders(sentAfter)),
      cancelAll: () => call(() => this.#broker.cancelAll()),
      cancel: (id) => call(() => this.#broker.cancel(id)),
    }
  }

  /** Unless client order ids are unique, one that was taken gets another name, so that it is taken again. */
  #named(order: OrderRequest): OrderRequest {
    const before = this.taken.filter((id) => id === order.clientOrderId).length
    if (this.#unique || before === 0) return order
    return { ...order, clientOrderId: asClientOrderId(order.clientOrderId + AGAIN.repeat(before)) }
  }
}
