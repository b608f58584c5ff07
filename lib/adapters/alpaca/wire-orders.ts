/**
 * Alpaca's v2 orders, checked and turned into our words (the broker's page "Orders" of the Trading API v2).
 *
 * Invariants: a body that lacks what we rely on is unreadable, never guessed; somebody else's order that is unreadable
 * costs nobody the rest of the list.
 */
import * as z from 'zod/mini'
import type { OpenOrder } from '../../domain/account.ts'
import { TIMES_IN_FORCE } from '../../domain/decision.ts'
import { asAlpacaOrderId, asClientOrderId, isOurs } from '../../domain/ids.ts'
import { parseEpochNs } from '../../domain/nano-time.ts'
import { spelled } from '../../domain/symbol.ts'
import { parseInstant } from '../../domain/time.ts'
import type { BrokerOrder, OrderName, SentOrder, SentOrders } from '../../ports/broker.ts'
import { amount, atLeast, atMost, identifier } from './wire-fields.ts'

const side = z.enum(['buy', 'sell'])

const orderBody = z
  .object({
    id: identifier,
    client_order_id: identifier,
    symbol: identifier,
    side,
    type: z.enum(['market', 'limit']),
    qty: amount,
    limit_price: z.nullish(amount),
    time_in_force: z.enum(TIMES_IN_FORCE),
    status: z.string().check(z.regex(/^[a-z_]{1,32}$/)),
    filled_qty: atMost,
    filled_avg_price: z.nullish(amount),
    updated_at: z.nullish(z.string()),
  })
  // a limit order that does not say its limit would look like a market order
  .check(z.refine(({ type, limit_price }) => (type === 'limit') === (limit_price != null)))

/** What every order has, whoever placed it. */
const namedBody = z.object({ id: identifier, client_order_id: identifier })

/** Any order of the account; the parts of a multi-leg order have no side of their own. */
const openOrderBody = z.object({
  ...namedBody.shape,
  order_class: z.nullish(z.string()),
  symbol: z.nullish(z.string()),
  side: z.nullish(z.string()),
  qty: z.nullish(atLeast),
  filled_qty: atMost,
})

const singleLegBody = z.object({ symbol: identifier, side })
const sentBody = z.object({ submitted_at: z.string() })
const cancelledBody = z.array(z.object({ id: identifier, status: z.number() }))

/** An order that we placed, or null when the body is not one that we could have placed. */
export function readOrder(body: unknown): BrokerOrder | null {
  const parsed = orderBody.safeParse(body)
  if (!parsed.success) return null
  const order = parsed.data
  return {
    alpacaOrderId: asAlpacaOrderId(order.id),
    clientOrderId: asClientOrderId(order.client_order_id),
    symbol: spelled(order.symbol),
    side: order.side,
    quantity: order.qty,
    timeInForce: order.time_in_force,
    limitPrice: order.limit_price ?? null,
    status: order.status,
    filledQuantity: order.filled_qty,
    averageFillPrice: order.filled_avg_price ?? null,
    updatedAt: order.updated_at == null ? null : parseEpochNs(order.updated_at),
  }
}

/** Of a list's rows, those that could be read. */
export interface ReadRows<T> {
  readonly rows: readonly T[]
  /** What could not be read and is nobody's of ours, by its ids as far as it has one. */
  readonly unreadable: readonly string[]
}

/**
 * The account's open orders. An order for a sum of money has no quantity until it fills: its filled quantity
 * stands in. A multi-leg order (options) concerns no symbol of ours and is left out. Null when the body is not a
 * list, or when an order of ours in it cannot be read: a plan must know of all of ours.
 */
export function readOpenOrders(body: unknown): ReadRows<OpenOrder> | null {
  if (!Array.isArray(body)) return null
  const rows: OpenOrder[] = []
  const unreadable: string[] = []
  for (const each of body as readonly unknown[]) {
    const order = openOrderBody.safeParse(each).data
    if (order?.order_class === 'mleg') continue
    const leg = singleLegBody.safeParse(order).data
    if (order !== undefined && leg !== undefined) {
      rows.push({
        clientOrderId: asClientOrderId(order.client_order_id),
        alpacaOrderId: asAlpacaOrderId(order.id),
        symbol: spelled(leg.symbol),
        side: leg.side,
        quantity: order.qty ?? order.filled_qty,
        filledQuantity: order.filled_qty,
      })
      continue
    }
    const name = readOrderName(each)
    // each of ours has a name
    if (name !== null && isOurs(name.clientOrderId)) return null
    unreadable.push(name?.alpacaOrderId ?? 'an order without a name')
  }
  return { rows, unreadable }
}

/** What names an order, or null when it has no name. */
export function readOrderName(body: unknown): OrderName | null {
  const parsed = namedBody.safeParse(body)
  if (!parsed.success) return null
  return {
    clientOrderId: asClientOrderId(parsed.data.client_order_id),
    alpacaOrderId: asAlpacaOrderId(parsed.data.id),
  }
}

/** The orders of a list that can be ours. Null when the body is not a list. */
export function readOwnOrders(body: unknown): readonly BrokerOrder[] | null {
  return Array.isArray(body) ? body.map(readOrder).filter((order) => order !== null) : null
}

/** One page of the account's orders, oldest first. Null when the body is not a list. */
export function readSentOrders(body: unknown, page: number): SentOrders | null {
  if (!Array.isArray(body)) return null
  const orders = (body as readonly unknown[]).flatMap((each): SentOrder[] => {
    const name = readOrderName(each)
    const sentAt = parseInstant(sentBody.safeParse(each).data?.submitted_at ?? '')
    return name === null || sentAt === null ? [] : [{ ...name, sentAt, order: readOrder(each) }]
  })
  return { orders, isAll: body.length < page }
}

/**
 * How many orders the broker took the cancelling of, and how many it did not: it answers for each with a status
 * of its own (https://alpaca.markets/deprecated/docs/api-documentation/api-v2/orders/).
 */
export function readCancelled(
  body: unknown,
): { readonly cancelled: number; readonly refused: number } | null {
  const parsed = cancelledBody.safeParse(body)
  if (!parsed.success) return null
  const cancelled = parsed.data.filter(({ status }) => status >= 200 && status < 300).length
  return { cancelled, refused: parsed.data.length - cancelled }
}
