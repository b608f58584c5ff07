/** The order of an operator's test, as Alpaca's v2 shows it. */
import * as z from 'zod/mini'
import { asAlpacaOrderId, asClientOrderId } from '../../domain/ids.ts'
import type { ShownOrder } from '../../ports/order-tester.ts'
import { amount, identifier } from './wire-fields.ts'

/** An order of any kind, by what an operator's test compares. */
const shownBody = z.object({
  id: identifier,
  client_order_id: identifier,
  symbol: identifier,
  side: z.string(),
  type: z.string(),
  qty: amount,
  limit_price: z.nullish(amount),
  time_in_force: z.string(),
  status: z.string(),
  filled_qty: amount,
})

/** The order of an operator's test, or null when the body is not an order with a quantity. */
export function readShownOrder(body: unknown): ShownOrder | null {
  const parsed = shownBody.safeParse(body)
  if (!parsed.success) return null
  const order = parsed.data
  return {
    alpacaOrderId: asAlpacaOrderId(order.id),
    clientOrderId: asClientOrderId(order.client_order_id),
    symbol: order.symbol,
    side: order.side,
    type: order.type,
    quantity: order.qty,
    limitPrice: order.limit_price ?? null,
    timeInForce: order.time_in_force,
    status: order.status,
    filledQuantity: order.filled_qty,
  }
}
