/** `GET /v2/orders`: status, symbols, side, direction, limit and the two ways to page. Pure. */
import { parseInstant, type EpochMs } from '../domain/time.ts'
import { refusalOf, type Refusal } from './refusal.ts'
import type { ExchangeAccount } from './model.ts'
import { isOpenOrder, type ExchangeOrder } from './order.ts'

const DEFAULT_LIMIT = 50
const LARGEST_LIMIT = 500

/** The orders that a query asks for; newest first unless it says otherwise. */
export function queryOrders(account: ExchangeAccount, query: URLSearchParams): ExchangeOrder[] | Refusal {
  const status = query.get('status') ?? 'open'
  const direction = query.get('direction') ?? 'desc'
  const limit = Number(query.get('limit') ?? DEFAULT_LIMIT)
  const after = readInstant(query, 'after')
  const until = readInstant(query, 'until')
  const afterId = query.get('after_order_id')
  const beforeId = query.get('before_order_id')
  if (!['open', 'closed', 'all'].includes(status)) return invalid('status')
  if (direction !== 'asc' && direction !== 'desc') return invalid('direction')
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_LIMIT) return invalid('limit')
  if (after === 'invalid') return invalid('after')
  if (until === 'invalid') return invalid('until')
  if ([afterId, beforeId].some((id) => id !== null && !account.orders.has(id))) return invalid('order id')

  const symbols = query.get('symbols')?.split(',')
  const side = query.get('side')
  const isBetween = afterId !== null || beforeId !== null
  const accepted = isBetween ? [...account.orders.values()] : candidates(account, status, after)
  const from = afterId === null ? 0 : accepted.findIndex(({ id }) => id === afterId) + 1
  const to = beforeId === null ? accepted.length : accepted.findIndex(({ id }) => id === beforeId)
  const matching = accepted
    .slice(from, to)
    .filter((order) => status === 'all' || isOpenOrder(order) === (status === 'open'))
    .filter((order) => symbols === undefined || symbols.includes(order.symbol))
    .filter((order) => side === null || order.side === side)
    .filter(({ submittedAt }) => after === null || submittedAt > after)
    .filter(({ submittedAt }) => until === null || submittedAt < until)
  return (direction === 'asc' ? matching : matching.reverse()).slice(0, limit)
}

/** Few of all there ever were: every snapshot asks for the open ones, every sweep for the latest. */
function candidates(account: ExchangeAccount, status: string, after: EpochMs | null): ExchangeOrder[] {
  if (status === 'open') return [...account.openOrders]
  return after === null ? [...account.orders.values()] : account.sentOrders.after(after)
}

function readInstant(query: URLSearchParams, name: string): EpochMs | null | 'invalid' {
  const text = query.get(name)
  if (text === null) return null
  return parseInstant(text.length === 10 ? `${text}T00:00:00Z` : text) ?? 'invalid'
}

function invalid(parameter: string): Refusal {
  return refusalOf(422, 40010001, `invalid ${parameter}`)
}
