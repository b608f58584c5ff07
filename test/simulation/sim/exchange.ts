/**
 * The broker of the simulation: the paper exchange's own core and routes behind a `fetch`, and what an observer of
 * the exchange sees of it. Accounts are told apart by their keys, as at the broker.
 */
import { accountLabel, type AccountLabel } from '../../../lib/domain/account-label.ts'
import { decimal, type Decimal, div, mul, ZERO } from '../../../lib/domain/decimal.ts'
import { asMonotonicMs, type EpochMs } from '../../../lib/domain/time.ts'
import { answerRequest, routeOf } from '../../../lib/exchange/http/routes.ts'
import { isDataRoute } from '../../../lib/exchange/faults.ts'
import type { ExchangeOrder } from '../../../lib/exchange/order.ts'
import { PaperExchange } from '../../../lib/exchange/paper-exchange.ts'
import { isRefusal } from '../../../lib/exchange/refusal.ts'

export interface BrokerRequest {
  readonly method: string
  readonly url: URL
  readonly keyId: string
  readonly secret: string
  readonly body: string
}

export interface BrokerAnswer {
  readonly status: number
  readonly body: string
}

export interface ExchangeOptions {
  readonly accounts: readonly string[]
  readonly now: () => EpochMs
}

const PRICES = { AAPL: decimal('100'), MSFT: decimal('50'), SPY: decimal('200'), 'BTC/USD': decimal('20000') }
const CASH = decimal('100000000')
const REFUSED = {
  status: 401,
  body: JSON.stringify({ code: 40110000, message: 'request is not authorized' }),
}

export class SimulatedExchange {
  readonly core: PaperExchange
  /** The valid secret by key id. */
  readonly secrets = new Map<string, string>()
  /** Client order ids whose POST was answered with the broker's own refusal. */
  readonly refusals = new Set<string>()
  /** Accounts in which somebody else placed an order under an id of ours. */
  readonly foreign = new Set<string>()
  /** Those orders, by the broker's id. */
  readonly foreignOrders = new Set<string>()
  /** Orders whose fill was corrected afterwards, by the broker's id. */
  readonly corrected = new Set<string>()
  /** Nothing is answered while it is out. */
  outUntil = 0
  /** Orders are not taken, and look-ups are not answered. */
  hangsUntil = 0
  /** The account itself cannot be read. */
  accountUnreadableUntil = 0
  /** Requests that placed nothing since the order was there already, by client order id. */
  onDuplicate: (account: AccountLabel, clientOrderId: string) => void = () => undefined
  readonly #options: ExchangeOptions

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.core = new PaperExchange({
      clock: { now: options.now, monotonic: () => asMonotonicMs(options.now()) },
      alwaysOpen: true,
    })
    for (const label of options.accounts) {
      this.core.openAccount({ label: accountLabel(label), cash: CASH })
      this.secrets.set(`key-${label}`, `secret-${label}-1`)
    }
    this.core.markPrices(PRICES)
  }

  handle(request: BrokerRequest, lookupLagMs: number): BrokerAnswer {
    const label = request.keyId.replace(/^key-/, '')
    const secret = this.secrets.get(request.keyId)
    if (secret === undefined || secret !== request.secret) return REFUSED
    const { url, method, body } = request
    const known = routeOf(method, url.pathname)
    if (known === null || isDataRoute(known.route))
      return { status: 404, body: '{"code":40410000,"message":"endpoint not found."}' }
    const account = this.core.account(accountLabel(label))
    if (known.route === 'POST /v2/orders') this.#noteDuplicate(account.label, body)
    if (known.route === 'GET /v2/orders:by_client_order_id') {
      const order = this.orderOf(account.label, url.searchParams.get('client_order_id') ?? '')
      const hidden = order !== null && order.submittedAt + lookupLagMs > this.#options.now()
      if (hidden) return { status: 404, body: '{"code":40410000,"message":"order not found"}' }
    }
    const { status, json } = answerRequest(
      { route: known.route, id: known.id, account, query: url.searchParams, body },
      this.core,
    )
    if (lookupLagMs > 0 && url.searchParams.get('status') === 'all' && Array.isArray(json)) {
      const shown = this.#options.now() - lookupLagMs
      const orders = json as readonly { readonly submitted_at: string }[]
      return { status, body: JSON.stringify(orders.filter((one) => Date.parse(one.submitted_at) <= shown)) }
    }
    return { status, body: json === undefined ? '' : JSON.stringify(json) }
  }

  /** Somebody else places an order under an id that is ours. */
  placeForeign(label: string, clientOrderId: string, symbol: string): void {
    this.foreign.add(label)
    const body = {
      symbol,
      qty: '3',
      side: 'sell',
      type: 'market',
      time_in_force: 'gtc',
      client_order_id: clientOrderId,
    }
    const placed = this.core.placeOrder(accountLabel(label), body)
    if (!isRefusal(placed)) this.foreignOrders.add(placed.id)
  }

  /** The order was filled for less than it said. */
  correctFill(order: ExchangeOrder, filledQuantity: Decimal): void {
    this.corrected.add(order.id)
    order.filledValue =
      order.filledQuantity === ZERO ? ZERO : mul(div(order.filledValue, order.filledQuantity), filledQuantity)
    order.filledQuantity = filledQuantity
    order.updatedAt = this.#options.now()
  }

  /** Client order ids of our making whose orders are open, and were placed before a time. */
  openOrdersOf(account: string, before = Infinity): readonly string[] {
    const open = [...this.core.account(accountLabel(account)).openOrders]
    const placed = open.filter(({ submittedAt }) => submittedAt < before)
    return placed.map(({ clientOrderId }) => clientOrderId).filter((id) => id.startsWith('tg-'))
  }

  /** Nothing is wrong with it any more. */
  recover(): void {
    this.outUntil = 0
    this.hangsUntil = 0
    this.accountUnreadableUntil = 0
  }

  orderOf(account: AccountLabel, clientOrderId: string): ExchangeOrder | null {
    return this.core.account(account).ordersByClientOrderId.get(clientOrderId) ?? null
  }

  orders(account: AccountLabel): readonly ExchangeOrder[] {
    return [...this.core.account(account).orders.values()]
  }

  #noteDuplicate(account: AccountLabel, body: string): void {
    const { client_order_id: id } = JSON.parse(body) as { readonly client_order_id: string }
    if (this.orderOf(account, id) !== null) this.onDuplicate(account, id)
  }
}

/** An answer as the broker's SDK reads it. */
export function responseOf({ status, body }: BrokerAnswer): Response {
  const response = {
    ok: status >= 200 && status < 300,
    status,
    statusText: '',
    headers: NO_HEADERS,
    text: () => Promise.resolve(body),
    json: () => Promise.resolve(JSON.parse(body)),
    arrayBuffer: unused,
    blob: unused,
    formData: unused,
    clone: () => responseOf({ status, body }),
  }
  return response as unknown as Response
}

const NO_HEADERS = new Headers()

function unused(): Promise<never> {
  return Promise.reject(new Error('nobody reads answers in this way'))
}
