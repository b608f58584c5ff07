/** The endpoints: what each request does and answers. Knows nothing of sockets, keys or faults. */
import { parseJson } from '../../domain/parse-json.ts'
import { isRefusal, refusalOf, type Refusal } from '../refusal.ts'
import { ROUTES, type RouteName, type TradingRouteName } from '../faults.ts'
import { wireCalendar, wireClock, wireEveryDay } from '../market-hours.ts'
import type { ExchangeAccount } from '../model.ts'
import type { ExchangeOrder } from '../order.ts'
import { queryOrders } from '../order-query.ts'
import type { PaperExchange } from '../paper-exchange.ts'
import { wireOrder } from '../wire-order.ts'
import { wireAccount, wirePosition } from '../wire.ts'

export interface ExchangeRequest {
  readonly route: TradingRouteName
  readonly account: ExchangeAccount
  readonly query: URLSearchParams
  /** The path's last part, for the routes that have one. */
  readonly id: string
  /** The request's body as text. */
  readonly body: string
}

export interface ExchangeAnswer {
  readonly status: number
  /** Undefined for an empty body. */
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Finds the route of a method and path; null when there is none. */
export function routeOf(
  method: string | undefined,
  path: string,
): { readonly route: RouteName; readonly id: string } | null {
  const id = /^\/v2\/orders\/([^/]+)$/.exec(path)?.[1]
  if (id !== undefined && (method === 'GET' || method === 'DELETE')) {
    return { route: `${method} /v2/orders/{id}`, id: decodeURIComponent(id) }
  }
  const name = `${method} ${path}`
  const route = ROUTES.find((known) => known === name)
  return route === undefined ? null : { route, id: '' }
}

type Handler = (request: ExchangeRequest, exchange: PaperExchange) => ExchangeAnswer

const HANDLERS: Readonly<Record<TradingRouteName, Handler>> = {
  'GET /v2/account': ({ account }, { state }) => ok(wireAccount(state, account)),
  'GET /v2/positions': ({ account }, { state }) =>
    ok([...account.positions].map(([symbol, held]) => wirePosition(state, account, symbol, held))),
  'GET /v2/orders': ({ account, query }) => {
    const orders = queryOrders(account, query)
    return Array.isArray(orders) ? ok(orders.map(wireOrder)) : refused(orders)
  },
  'GET /v2/orders/{id}': ({ account, id }) =>
    UUID.test(id) ? found(account.orders.get(id), id) : refused(NOT_AN_ID),
  'GET /v2/orders:by_client_order_id': ({ account, query }) => {
    const clientOrderId = query.get('client_order_id') ?? ''
    return found(account.ordersByClientOrderId.get(clientOrderId), clientOrderId)
  },
  'POST /v2/orders': ({ account, body }, exchange) => {
    const json = parseJson(body)
    if (json === undefined) return refused(refusalOf(400, 40010000, 'request body format is invalid'))
    const placed = exchange.placeOrder(account.label, json)
    return isRefusal(placed) ? refused(placed) : ok(wireOrder(placed))
  },
  'DELETE /v2/orders/{id}': ({ account, id }, exchange) => {
    if (!UUID.test(id)) return refused(NOT_AN_ID)
    const cancelled = exchange.cancelOrder(account.label, id)
    return isRefusal(cancelled) ? refused(cancelled) : { status: 204 }
  },
  'DELETE /v2/orders': ({ account }, exchange) => {
    const open = [...account.openOrders]
    for (const order of open) exchange.cancelOrder(account.label, order.id)
    return { status: 207, json: open.map(({ id }) => ({ id, status: 200 })) }
  },
  'GET /v2/calendar': ({ query }, { state, clock, alwaysOpen }) => {
    const [start, end] = [query.get('start'), query.get('end')]
    if ([start, end].some((date) => date !== null && !ISO_DATE.test(date))) return refused(NOT_A_DATE)
    return ok(alwaysOpen ? wireEveryDay(clock.now(), start, end) : wireCalendar(state.sessions, start, end))
  },
  'GET /v2/clock': (_, { state, clock, alwaysOpen }) =>
    ok(wireClock(state.sessions, alwaysOpen, clock.now())),
}

/** Does what the request asks. @throws StateError when its effect cannot be stored. */
export function answerRequest(request: ExchangeRequest, exchange: PaperExchange): ExchangeAnswer {
  return HANDLERS[request.route](request, exchange)
}

const ISO_DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/
const NOT_A_DATE = refusalOf(422, 40010001, 'invalid date')
const NOT_AN_ID = refusalOf(422, 40010001, 'order_id is missing')

function ok(json: unknown): ExchangeAnswer {
  return { status: 200, json }
}

/** A refusal as an answer. */
export function refused({ status, body }: Refusal): ExchangeAnswer {
  return { status, json: body }
}

function found(order: ExchangeOrder | undefined, id: string): ExchangeAnswer {
  if (order === undefined) return refused(refusalOf(404, 40410000, `order not found for ${id}`))
  return ok(wireOrder(order))
}
