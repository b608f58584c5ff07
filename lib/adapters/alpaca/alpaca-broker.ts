/**
 * The broker port over Alpaca's Trading API v2, through the official SDK.
 *
 * Import this module dynamically (`await import(...)`): it pulls in the SDK, 340 KB minified, which an idle
 * cycle never needs. The SDK's API classes are used as they are rather than its `Alpaca` facade: they take a
 * base URL, and neither retry nor queue requests, which would hide requests and delay a POST
 * (docs/architecture.md#the-broker-client).
 *
 * Invariants: an answer says what the broker's evidence supports, nothing more; one request per call except
 * `snapshot` and pages of open orders; no request beyond the budget; credentials appear in no answer, error or
 * inspection.
 */
import { trading } from '@alpacahq/alpaca-trade-api/rest'
import type { BrokerTarget } from '../../domain/account.ts'
import { compare } from '../../domain/compare.ts'
import { formatDecimal } from '../../domain/decimal.ts'
import { BrokerRefusedError, BrokerUnavailableError } from '../../domain/errors.ts'
import type { AlpacaOrderId, ClientOrderId } from '../../domain/ids.ts'
import { RequestBudget } from '../../domain/request-budget.ts'
import { formatInstant, type EpochMs } from '../../domain/time.ts'
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
} from '../../ports/broker.ts'
import { alpacaConnection, type AlpacaConnection, type ConnectionOptions } from './connection.ts'
import { replyOf, type Reply } from './reply.ts'
import { readBalance, readPositions } from './wire-account.ts'
import {
  readCancelled,
  readOpenOrders,
  readOrder,
  readOrderName,
  readOwnOrders,
  readSentOrders,
} from './wire-orders.ts'

export interface AlpacaBrokerOptions extends ConnectionOptions {
  /** One per invocation; a new one of 60 requests if absent. */
  readonly budget?: RequestBudget
}

/** The most that one request gives. */
const ORDERS_PAGE = 500

/**
 * Opens the broker of one account at one target. Sends nothing.
 * @throws ConfigurationError when the credentials cannot be sent as headers; it does not show them.
 */
export function openAlpacaBroker(options: AlpacaBrokerOptions): SubmittingBroker {
  const connection = alpacaConnection(options)
  return new AlpacaBroker(options.target, connection, options.budget ?? new RequestBudget())
}

class AlpacaBroker implements SubmittingBroker {
  readonly target: BrokerTarget
  readonly #orders: trading.OrdersApi
  readonly #accounts: trading.AccountsApi
  readonly #positions: trading.PositionsApi
  readonly #budget: RequestBudget
  readonly #redact: (text: string) => string

  constructor(target: BrokerTarget, { configuration, redact }: AlpacaConnection, budget: RequestBudget) {
    this.target = target
    this.#orders = new trading.OrdersApi(configuration)
    this.#accounts = new trading.AccountsApi(configuration)
    this.#positions = new trading.PositionsApi(configuration)
    this.#budget = budget
    this.#redact = redact
  }

  /**
   * Open orders are read before positions: an order that fills in between is seen twice, which only makes
   * the projection more careful, never in neither list.
   * @throws BrokerUnavailableError
   */
  async snapshot(): Promise<BrokerSnapshot> {
    const open = required('open orders', await this.#openOrders(), readOpenOrders)
    const [account, positions] = await Promise.all([
      this.#request(() => this.#accounts.getAccountRaw()),
      this.#request(() => this.#positions.getAllOpenPositionsRaw()),
    ])
    return {
      balance: required('account', account, readBalance),
      positions: required('positions', positions, readPositions),
      openOrders: open.rows.toSorted((left, right) => compare(left.clientOrderId, right.clientOrderId)),
      unreadableOrders: open.unreadable,
    }
  }

  async openOrders(): Promise<readonly OrderName[]> {
    const read = (body: unknown) => (Array.isArray(body) ? body.map(readOrderName) : null)
    const names = required('open orders', await this.#openOrders(), read)
    return names
      .filter((name) => name !== null)
      .sort((left, right) => compare(left.clientOrderId, right.clientOrderId))
  }

  async finalOrders(sentAfter: EpochMs): Promise<readonly BrokerOrder[]> {
    const query = { status: 'closed', direction: 'desc', limit: ORDERS_PAGE } as const
    const reply = await this.#request(() =>
      this.#orders.getAllOrdersRaw({ ...query, after: formatInstant(sentAfter) }),
    )
    return required('final orders', reply, readOwnOrders)
  }

  /**
   * `after` is exclusive and about the time of submission; 500 is the most that a request gives; `nested` stays false, so
   * that each leg of a multi-leg order is a row (https://docs.alpaca.markets/reference/getallorders-1).
   */
  async ordersSentAfter(moment: EpochMs): Promise<SentOrders> {
    const query = { status: 'all', direction: 'asc', limit: ORDERS_PAGE } as const
    const reply = await this.#request(() =>
      this.#orders.getAllOrdersRaw({ ...query, after: formatInstant(moment) }),
    )
    return required('orders', reply, (body) => readSentOrders(body, ORDERS_PAGE))
  }

  async findByClientOrderId(id: ClientOrderId): Promise<OrderLookup> {
    const reply = await this.#request(() => this.#orders.getOrderByClientOrderIdRaw({ clientOrderId: id }))
    // Only Alpaca's own 404 is evidence; a gateway's, or that of a wrong base URL, says nothing.
    if (reply.kind === 'refused' && reply.status === 404 && reply.isOwn) {
      return { kind: 'not_found' }
    }
    if (reply.kind !== 'read') return { kind: 'unavailable', reason: describe(reply) }
    const order = readOrder(reply.json)
    if (order === null) return { kind: 'unavailable', reason: 'the answer is not an order' }
    if (order.clientOrderId !== id)
      return { kind: 'unavailable', reason: 'the answer is about another order' }
    return { kind: 'found', order }
  }

  async cancel(id: AlpacaOrderId): Promise<CancelAnswer> {
    const reply = await this.#request(() => this.#orders.deleteOrderByOrderIDRaw({ orderId: id }))
    if (reply.kind === 'read') return { kind: 'cancelled' }
    const final = reply.kind === 'refused' && (reply.status === 422 || reply.status === 404)
    if (final && reply.isOwn) return { kind: 'not_cancellable' }
    return { kind: 'unavailable', reason: describe(reply) }
  }

  async cancelAll(): Promise<CancelAllAnswer> {
    const reply = await this.#request(() => this.#orders.deleteAllOrdersRaw())
    if (reply.kind !== 'read') return { kind: 'unavailable', reason: describe(reply) }
    const answers = readCancelled(reply.json)
    return answers === null
      ? { kind: 'unavailable', reason: 'the answer is not a list of cancellations' }
      : { kind: 'cancelled', ...answers }
  }

  async submit(order: OrderRequest): Promise<SubmitAnswer> {
    const reply = await this.#request(() =>
      this.#orders.postOrderRaw({
        postOrderRequest: {
          symbol: order.symbol,
          qty: formatDecimal(order.quantity),
          side: order.side,
          type: order.limitPrice === null ? 'market' : 'limit',
          ...(order.limitPrice === null ? {} : { limitPrice: formatDecimal(order.limitPrice) }),
          timeInForce: order.timeInForce,
          clientOrderId: order.clientOrderId,
        },
      }),
    )
    if (reply.kind === 'not_sent') return { kind: 'rate_limited' }
    if (reply.kind === 'unreadable') return { kind: 'ambiguous', reason: reply.reason }
    if (reply.kind === 'refused') {
      return answerOfStatus(reply.status, reply.body, reply.isOwn)
    }
    const held = readOrder(reply.json)
    if (held === null) return { kind: 'ambiguous', reason: 'the answer is not an order' }
    if (held.clientOrderId !== order.clientOrderId) {
      return { kind: 'ambiguous', reason: 'the answer is about another order' }
    }
    return { kind: 'accepted', order: held }
  }

  /** All pages, by the id of the last order seen: instants can repeat, ids cannot. */
  async #openOrders(): Promise<Reply> {
    const orders: unknown[] = []
    for (;;) {
      const last = readOrderName(orders.at(-1))
      const reply = await this.#request(() =>
        this.#orders.getAllOrdersRaw({
          status: 'open',
          direction: 'asc',
          limit: ORDERS_PAGE,
          ...(last === null ? {} : { afterOrderId: last.alpacaOrderId }),
        }),
      )
      if (reply.kind !== 'read' || !Array.isArray(reply.json)) return reply
      orders.push(...(reply.json as readonly unknown[]))
      const isLast = reply.json.length < ORDERS_PAGE || readOrderName(orders.at(-1)) === null
      if (isLast) return { kind: 'read', json: orders }
    }
  }

  async #request(call: () => Promise<{ readonly raw: Response }>): Promise<Reply> {
    if (!this.#budget.take()) return { kind: 'not_sent' }
    return replyOf(call, this.#redact)
  }
}

/** @throws BrokerUnavailableError when the reply is not what `read` can read. */
function required<T>(what: string, reply: Reply, read: (json: unknown) => T | null): T {
  if (reply.kind !== 'read') {
    const message = `the broker's ${what}: ${describe(reply)}`
    if (reply.kind === 'refused') throw new BrokerRefusedError(message, reply.status)
    throw new BrokerUnavailableError(message)
  }
  const value = read(reply.json)
  if (value === null) throw new BrokerUnavailableError(`the broker's ${what}: not in the expected form`)
  return value
}

function describe(reply: Exclude<Reply, { kind: 'read' }>): string {
  if (reply.kind === 'not_sent') return 'the request budget of this invocation is used up'
  return reply.kind === 'unreadable' ? reply.reason : `status ${reply.status}`
}
