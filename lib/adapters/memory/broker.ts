/**
 * A broker in memory, for simulations and tests: `MemoryVenue` is the outside world, which outlives any
 * process under test and is told what to do; `MemoryBroker` is one client of it.
 *
 * Invariants: a client order id is taken once; ids are functions of it; nothing depends on time or chance.
 */
import type { AccountSnapshot, BrokerTarget, Position } from '../../domain/account.ts'
import { asDecimal, div, max, mul, ZERO, type Decimal } from '../../domain/decimal.ts'
import { BrokerUnavailableError, StateError } from '../../domain/errors.ts'
import { asAlpacaOrderId, sha256Hex, type AlpacaOrderId, type ClientOrderId } from '../../domain/ids.ts'
import type {
  BrokerOrder,
  CancelAnswer,
  OrderLookup,
  OrderRequest,
  SubmitAnswer,
  SubmittingBroker,
} from '../../ports/broker.ts'

export type BrokerOperation = 'submit' | 'lookup' | 'cancel' | 'snapshot'

/** How the next request of an operation goes wrong. All but a submission can only be `unavailable`. */
export type BrokerFault =
  /** No answer, and nothing taken; or taken; or taken when the test delivers it (`deliverHeld`). */
  'lost' | 'taken_unanswered' | 'held' | 'rate_limited' | 'unprocessable' | 'refused' | 'unavailable'

const FINAL = new Set(['filled', 'canceled', 'expired', 'rejected'])

export class MemoryVenue {
  /** Every submission that reached the venue, taken or not, in order. */
  readonly submissions: OrderRequest[] = []
  readonly #orders = new Map<ClientOrderId, BrokerOrder>()
  readonly #positions = new Map<string, Position>()
  readonly #faults: { readonly on: BrokerOperation; readonly fault: BrokerFault }[] = []
  readonly #held: OrderRequest[] = []
  readonly #startingCash: Decimal
  #cash: Decimal

  constructor(cash: Decimal) {
    this.#startingCash = cash
    this.#cash = cash
  }

  failNext(on: BrokerOperation, fault: BrokerFault, times = 1): void {
    for (let count = 0; count < times; count += 1) this.#faults.push({ on, fault })
  }

  takeFault(on: BrokerOperation): BrokerFault | null {
    const index = this.#faults.findIndex((fault) => fault.on === on)
    return index < 0 ? null : (this.#faults.splice(index, 1)[0]?.fault ?? null)
  }

  /** All orders the venue ever took, in order. */
  orders(): readonly BrokerOrder[] {
    return [...this.#orders.values()]
  }

  find(id: ClientOrderId): BrokerOrder | undefined {
    return this.#orders.get(id)
  }

  /** Takes the order; null when its client order id was taken before. */
  take(request: OrderRequest): BrokerOrder | null {
    this.submissions.push(request)
    if (this.#orders.has(request.clientOrderId)) return null
    const order: BrokerOrder = {
      ...request,
      alpacaOrderId: asAlpacaOrderId(`memory-${sha256Hex(request.clientOrderId).slice(0, 32)}`),
      status: 'new',
      filledQuantity: ZERO,
      averageFillPrice: null,
      updatedAt: null,
    }
    this.#orders.set(request.clientOrderId, order)
    return order
  }

  hold(request: OrderRequest): void {
    this.#held.push(request)
  }

  /** Lets held submissions arrive now. Returns how many. */
  deliverHeld(): number {
    const held = this.#held.splice(0)
    for (const request of held) this.take(request)
    return held.length
  }

  /** Fills an open order, all that is left of it unless told otherwise, and moves cash and position. */
  fill(id: ClientOrderId, price: Decimal, quantity?: Decimal): BrokerOrder {
    const order = this.#open(id)
    const part = quantity ?? asDecimal(order.quantity - order.filledQuantity)
    const filled = asDecimal(order.filledQuantity + part)
    const value = mul(part, price)
    const before = mul(order.filledQuantity, order.averageFillPrice ?? ZERO)
    this.#cash = asDecimal(order.side === 'buy' ? this.#cash - value : this.#cash + value)
    const held = this.#positions.get(order.symbol)?.quantity ?? ZERO
    this.setPosition(order.symbol, asDecimal(order.side === 'buy' ? held + part : held - part), price)
    return this.#replace({
      ...order,
      filledQuantity: filled,
      averageFillPrice: div(asDecimal(before + value), filled),
      status: filled === order.quantity ? 'filled' : 'partially_filled',
    })
  }

  /** Ends an open order as `canceled`, `expired` or `rejected`. */
  end(id: ClientOrderId, status: 'canceled' | 'expired' | 'rejected'): BrokerOrder {
    return this.#replace({ ...this.#open(id), status })
  }

  setPosition(symbol: string, quantity: Decimal, price: Decimal): void {
    if (quantity === 0n) this.#positions.delete(symbol)
    else this.#positions.set(symbol, { symbol, quantity, marketValue: mul(quantity, price) })
  }

  isFinal(order: BrokerOrder): boolean {
    return FINAL.has(order.status)
  }

  /** Buying power is the cash: this venue lends nothing. */
  snapshot(): AccountSnapshot {
    const positions = sortedBy([...this.#positions.values()], ({ symbol }) => symbol)
    const invested = positions.reduce((sum, { marketValue }) => sum + marketValue, 0n)
    return {
      balance: {
        brokerAccountId: 'memory-account',
        equity: asDecimal(this.#cash + invested),
        lastEquity: this.#startingCash,
        cash: this.#cash,
        buyingPower: max(ZERO, this.#cash),
        tradingBlocked: false,
      },
      positions,
      openOrders: sortedBy(
        this.orders().filter((order) => !this.isFinal(order)),
        ({ clientOrderId }) => clientOrderId,
      ).map(({ clientOrderId, alpacaOrderId, symbol, side, quantity, filledQuantity }) => ({
        clientOrderId,
        alpacaOrderId,
        symbol,
        side,
        quantity,
        filledQuantity,
      })),
    }
  }

  #open(id: ClientOrderId): BrokerOrder {
    const order = this.#orders.get(id)
    if (order === undefined || this.isFinal(order)) throw new StateError(`the venue has no open order ${id}`)
    return order
  }

  #replace(order: BrokerOrder): BrokerOrder {
    this.#orders.set(order.clientOrderId, order)
    return order
  }
}

export class MemoryBroker implements SubmittingBroker {
  readonly target: BrokerTarget
  readonly #venue: MemoryVenue

  constructor(target: BrokerTarget, venue: MemoryVenue) {
    this.target = target
    this.#venue = venue
  }

  snapshot(): Promise<AccountSnapshot> {
    if (this.#venue.takeFault('snapshot') === null) return Promise.resolve(this.#venue.snapshot())
    return Promise.reject(new BrokerUnavailableError('the venue does not answer'))
  }

  findByClientOrderId(id: ClientOrderId): Promise<OrderLookup> {
    if (this.#venue.takeFault('lookup') !== null) return Promise.resolve(UNAVAILABLE)
    const order = this.#venue.find(id)
    return Promise.resolve(order === undefined ? { kind: 'not_found' } : { kind: 'found', order })
  }

  cancel(id: AlpacaOrderId): Promise<CancelAnswer> {
    if (this.#venue.takeFault('cancel') !== null) return Promise.resolve(UNAVAILABLE)
    const order = this.#venue.orders().find(({ alpacaOrderId }) => alpacaOrderId === id)
    if (order === undefined || this.#venue.isFinal(order)) return Promise.resolve({ kind: 'not_cancellable' })
    this.#venue.end(order.clientOrderId, 'canceled')
    return Promise.resolve({ kind: 'cancelled' })
  }

  submit(request: OrderRequest): Promise<SubmitAnswer> {
    return Promise.resolve(this.#submit(request, this.#venue.takeFault('submit')))
  }

  #submit(request: OrderRequest, fault: BrokerFault | null): SubmitAnswer {
    if (fault === null) {
      const order = this.#venue.take(request)
      return order === null ? DUPLICATE : { kind: 'accepted', order }
    }
    if (fault === 'held') this.#venue.hold(request)
    if (fault === 'taken_unanswered') this.#venue.take(request)
    return FAULT_ANSWERS[fault]
  }
}

const UNANSWERED = { kind: 'ambiguous', reason: 'no answer' } as const
const FAULT_ANSWERS: Readonly<Record<BrokerFault, SubmitAnswer>> = {
  lost: UNANSWERED,
  taken_unanswered: UNANSWERED,
  held: UNANSWERED,
  unavailable: UNANSWERED,
  rate_limited: { kind: 'rate_limited' },
  unprocessable: { kind: 'unprocessable', body: '{"code":42210000,"message":"unprocessable"}' },
  refused: { kind: 'refused', status: 403, body: '{"code":40310000,"message":"forbidden."}' },
}

const UNAVAILABLE = { kind: 'unavailable', reason: 'the venue does not answer' } as const
const DUPLICATE: SubmitAnswer = {
  kind: 'unprocessable',
  body: '{"code":40010001,"message":"client_order_id must be unique"}',
}

function sortedBy<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...items].sort((left, right) => (key(left) < key(right) ? -1 : 1))
}
