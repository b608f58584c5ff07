/**
 * The exchange's front inside the process: the broker port, without sockets or JSON. Answers what the Alpaca
 * adapter makes of the same exchange's answers over HTTP, faults included; nothing waits.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { BrokerTarget } from '../domain/account.ts'
import { compare, sortShort } from '../domain/compare.ts'
import { div, formatDecimal, mul } from '../domain/decimal.ts'
import { BrokerRefusedError, BrokerUnavailableError } from '../domain/errors.ts'
import { asAlpacaOrderId, asClientOrderId, type AlpacaOrderId, type ClientOrderId } from '../domain/ids.ts'
import { epochNsOf } from '../domain/nano-time.ts'
import type { RequestBudget } from '../domain/request-budget.ts'
import type { EpochMs } from '../domain/time.ts'
import {
  answerOfStatus,
  type BrokerOrder,
  type BrokerSnapshot,
  type CancelAllAnswer,
  type CancelAnswer,
  type OrderLookup,
  type OrderName,
  type OrderRequest,
  type SentOrders,
  type SubmitAnswer,
  type SubmittingBroker,
} from '../ports/broker.ts'
import { accountWorth, priceOf } from './accounting.ts'
import type { ExchangeAccount, ExchangeState } from './model.ts'
import { isRefusal, type Refusal } from './refusal.ts'
import { FaultPlan, JSON_TYPE, type RouteName } from './faults.ts'
import { isOpenOrder, type ExchangeOrder } from './order.ts'
import type { PaperExchange } from './paper-exchange.ts'

/** What a client of the exchange can tell of a request that it sent. */
type Reply<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'refused'; readonly status: number; readonly body: string; readonly isOwn: boolean }
  | { readonly kind: 'unanswered'; readonly reason: string }
  | { readonly kind: 'not_sent'; readonly reason: string }

/** The latest orders that one request tells of. */
const ORDERS_PAGE = 500

export class InProcessBroker implements SubmittingBroker {
  readonly target: BrokerTarget
  readonly #exchange: PaperExchange
  readonly #account: AccountLabel
  readonly #faults: FaultPlan
  readonly #budget: RequestBudget | null

  /** Requests without end if there is no budget. */
  constructor(
    exchange: PaperExchange,
    account: AccountLabel,
    target: BrokerTarget,
    faults = new FaultPlan(),
    budget: RequestBudget | null = null,
  ) {
    this.#budget = budget
    this.target = target
    this.#exchange = exchange
    this.#account = account
    this.#faults = faults
  }

  async submit(order: OrderRequest): Promise<SubmitAnswer> {
    const body = {
      symbol: order.symbol,
      qty: formatDecimal(order.quantity),
      side: order.side,
      ...(order.limitPrice === null
        ? { type: 'market' }
        : { type: 'limit', limit_price: formatDecimal(order.limitPrice) }),
      time_in_force: order.timeInForce,
      client_order_id: order.clientOrderId,
    }
    const reply = this.#ask('POST /v2/orders', () => this.#exchange.placeOrder(this.#account, body))
    if (reply.kind === 'not_sent') return { kind: 'rate_limited' }
    if (reply.kind === 'unanswered') return { kind: 'ambiguous', reason: reply.reason }
    if (reply.kind === 'refused') return answerOfStatus(reply.status, reply.body, reply.isOwn)
    return { kind: 'accepted', order: brokerOrder(reply.value) }
  }

  async findByClientOrderId(id: ClientOrderId): Promise<OrderLookup> {
    const orders = this.#exchange.account(this.#account).ordersByClientOrderId
    const reply = this.#ask('GET /v2/orders:by_client_order_id', () => orders.get(id))
    if (reply.kind === 'refused' && reply.status === 404 && reply.isOwn) return { kind: 'not_found' }
    if (reply.kind !== 'read') return { kind: 'unavailable', reason: describe(reply) }
    return reply.value === undefined
      ? { kind: 'not_found' }
      : { kind: 'found', order: brokerOrder(reply.value) }
  }

  async cancel(id: AlpacaOrderId): Promise<CancelAnswer> {
    const reply = this.#ask('DELETE /v2/orders/{id}', () => this.#exchange.cancelOrder(this.#account, id))
    if (reply.kind === 'read') return { kind: 'cancelled' }
    const final = reply.kind === 'refused' && (reply.status === 422 || reply.status === 404)
    if (final && reply.isOwn) return { kind: 'not_cancellable' }
    return { kind: 'unavailable', reason: describe(reply) }
  }

  async cancelAll(): Promise<CancelAllAnswer> {
    const reply = this.#ask('DELETE /v2/orders', () => {
      const open = [...this.#exchange.account(this.#account).openOrders]
      for (const order of open) this.#exchange.cancelOrder(this.#account, order.id)
      return open.length
    })
    if (reply.kind !== 'read') return { kind: 'unavailable', reason: describe(reply) }
    return { kind: 'cancelled', cancelled: reply.value, refused: 0 }
  }

  async openOrders(): Promise<readonly OrderName[]> {
    const { openOrders } = this.#exchange.account(this.#account)
    const read = () => sortedBy([...openOrders].map(orderName), 'clientOrderId')
    return this.#required('GET /v2/orders', read)
  }

  async finalOrders(moment: EpochMs): Promise<readonly BrokerOrder[]> {
    const { sentOrders } = this.#exchange.account(this.#account)
    return this.#required('GET /v2/orders', () =>
      sentOrders
        .after(moment)
        .filter((order) => !isOpenOrder(order))
        .toReversed()
        .slice(0, ORDERS_PAGE)
        .map(brokerOrder),
    )
  }

  async ordersSentAfter(moment: EpochMs): Promise<SentOrders> {
    const { sentOrders } = this.#exchange.account(this.#account)
    return this.#required('GET /v2/orders', () => {
      const sent = sentOrders.after(moment)
      const page = sent.slice(0, ORDERS_PAGE).map((order) => {
        const { alpacaOrderId, clientOrderId } = orderName(order)
        return { alpacaOrderId, clientOrderId, sentAt: order.submittedAt, order: brokerOrder(order) }
      })
      return { orders: page, isAll: page.length < ORDERS_PAGE }
    })
  }

  async snapshot(): Promise<BrokerSnapshot> {
    const { state } = this.#exchange
    const account = this.#exchange.account(this.#account)
    const openOrders = this.#required('GET /v2/orders', () => openOrdersOf(account))
    const balance = this.#required('GET /v2/account', () => balanceOf(state, account))
    const positions = this.#required('GET /v2/positions', () => positionsOf(state, account))
    return { balance, positions, openOrders, unreadableOrders: [] }
  }

  /** What is read without being refused by the exchange itself. */
  #required<T>(route: RouteName, read: () => T): T {
    const reply = this.#send(route, read)
    if (reply.kind === 'read') return reply.value
    const message = `${route}: ${describe(reply)}`
    throw reply.kind === 'refused'
      ? new BrokerRefusedError(message, reply.status)
      : new BrokerUnavailableError(message)
  }

  #ask<T>(route: RouteName, perform: () => T | Refusal): Reply<T> {
    const reply = this.#send(route, perform)
    if (reply.kind !== 'read') return reply
    const { value } = reply
    if (!isRefusal(value)) return { kind: 'read', value }
    return { kind: 'refused', status: value.status, body: JSON.stringify(value.body), isOwn: true }
  }

  #send<T>(route: RouteName, perform: () => T): Reply<T> {
    if (this.#budget?.take() === false) return { kind: 'not_sent', reason: 'the request budget is used up' }
    const outcome = this.#faults.pass(route, this.#account, perform)
    if (outcome.kind === 'replaced') {
      const { status, body, contentType } = outcome.by
      if (status < 400) return { kind: 'unanswered', reason: 'the answer cannot be read' }
      return { kind: 'refused', status, body, isOwn: contentType === JSON_TYPE }
    }
    if (outcome.kind !== 'answered') return { kind: 'unanswered', reason: `no answer: ${outcome.kind}` }
    return { kind: 'read', value: outcome.answer }
  }
}

function openOrdersOf({ openOrders }: ExchangeAccount): BrokerSnapshot['openOrders'] {
  return openOrders.size === 0 ? [] : sortedBy([...openOrders].map(brokerOrder), 'clientOrderId')
}

function balanceOf(state: ExchangeState, account: ExchangeAccount): BrokerSnapshot['balance'] {
  const worth = accountWorth(state, account)
  return {
    brokerAccountId: account.brokerAccountId,
    equity: worth.equity,
    lastEquity: account.lastEquity,
    cash: account.cash,
    buyingPower: worth.buyingPower,
    nonMarginableBuyingPower: worth.nonMarginableBuyingPower,
    tradingBlocked: false,
  }
}

function positionsOf(state: ExchangeState, { positions }: ExchangeAccount): BrokerSnapshot['positions'] {
  const held: BrokerSnapshot['positions'][number][] = []
  for (const [symbol, { quantity, averageEntryPrice }] of positions) {
    held.push({ symbol, quantity, marketValue: mul(quantity, priceOf(state, symbol)), averageEntryPrice })
  }
  return sortedBy(held, 'symbol')
}

function brokerOrder(order: ExchangeOrder): BrokerOrder {
  const { symbol, side, quantity, timeInForce, limitPrice, status } = order
  const { filledQuantity, filledValue, updatedAt } = order
  return {
    alpacaOrderId: asAlpacaOrderId(order.id),
    clientOrderId: asClientOrderId(order.clientOrderId),
    symbol,
    side,
    quantity,
    timeInForce,
    limitPrice,
    status,
    filledQuantity,
    averageFillPrice: filledQuantity === 0n ? null : div(filledValue, filledQuantity),
    updatedAt: epochNsOf(updatedAt),
  }
}

function orderName({ id, clientOrderId }: ExchangeOrder): OrderName {
  return { alpacaOrderId: asAlpacaOrderId(id), clientOrderId: asClientOrderId(clientOrderId) }
}

function describe(reply: Exclude<Reply<unknown>, { kind: 'read' }>): string {
  return reply.kind === 'refused' ? `status ${reply.status}` : reply.reason
}

function sortedBy<Key extends string, T extends Readonly<Record<Key, string>>>(items: T[], key: Key): T[] {
  return sortShort(items, (left, right) => compare<string>(left[key], right[key]))
}
