/**
 * What an order at the paper exchange asks for, or the refusal it answers with: status, code and message as Alpaca
 * gives them. Pure. What the account may do is the other half (`coverage.ts`).
 */
import * as z from 'zod/mini'
import { parseDecimal } from '../domain/decimal.ts'
import { TIMES_IN_FORCE, type TimeInForce } from '../domain/decision.ts'
import { priceIncrement } from '../domain/limit-price.ts'
import { isCrypto, joinedPair } from '../domain/symbol.ts'
import { refuseUncovered } from './coverage.ts'
import { quantityStep, type ExchangeAccount, type ExchangeState } from './model.ts'
import type { OrderTicket } from './order.ts'
import { isRefusal, refusalOf, type Refusal } from './refusal.ts'

const amount = z.union([z.string(), z.number()])
const ticketBody = z.object({
  symbol: z.string().check(z.minLength(1)),
  qty: amount,
  side: z.enum(['buy', 'sell']),
  type: z.string(),
  time_in_force: z.string(),
  limit_price: z.optional(z.nullable(amount)),
  client_order_id: z.optional(z.nullable(z.string())),
})

/** What the order asks for, or why it is not taken. `body` is the JSON that a client would post. */
export function admitOrder(
  state: ExchangeState,
  account: ExchangeAccount,
  body: unknown,
): OrderTicket | Refusal {
  const parsed = ticketBody.safeParse(body)
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') ?? ''
    return refusalOf(422, 40010001, field === '' ? 'request body format is invalid' : `${field} is required`)
  }
  const ticket = readTicket(state, parsed.data)
  if (isRefusal(ticket)) return ticket
  if (ticket.clientOrderId !== null && account.ordersByClientOrderId.has(ticket.clientOrderId)) {
    return refusalOf(422, 40010001, 'client_order_id must be unique')
  }
  return refuseUncovered(state, account, ticket) ?? ticket
}

function readTicket(state: ExchangeState, body: z.infer<typeof ticketBody>): OrderTicket | Refusal {
  const { side, type, time_in_force: timeInForce, client_order_id: clientOrderId } = body
  // the broker knows pairs by both of its names (https://docs.alpaca.markets/docs/crypto-trading-1)
  const symbol = state.prices.has(body.symbol) ? body.symbol : joinedPair(body.symbol)
  const quantity = parseDecimal(String(body.qty))
  const limitPrice = body.limit_price == null ? null : parseDecimal(String(body.limit_price))
  if (type !== 'market' && type !== 'limit')
    return refusalOf(422, 42210000, `order type ${type} is not traded here`)
  if (!isTimeInForce(timeInForce)) return refusalOf(422, 42210000, 'invalid time_in_force')
  if (isCrypto(symbol) && timeInForce === 'day')
    return refusalOf(422, 42210000, 'invalid crypto time_in_force')
  if (quantity === null || quantity <= 0n) return refusalOf(422, 42210000, 'qty must be > 0')
  if (type === 'limit' && (limitPrice === null || limitPrice <= 0n))
    return refusalOf(422, 42210000, 'limit orders require a limit price')
  if (type === 'market' && limitPrice !== null)
    return refusalOf(422, 42210000, 'market orders must not have a limit or stop price')
  if (limitPrice !== null && limitPrice % priceIncrement(symbol, limitPrice) !== 0n) {
    const message = `invalid limit_price ${body.limit_price}. sub-penny increment does not fulfill minimum pricing criteria`
    return refusalOf(422, 42210000, message)
  }
  if (clientOrderId != null && clientOrderId.length > 128) {
    return refusalOf(422, 40010001, 'client_order_id must be no more than 128 characters')
  }
  if (!state.prices.has(symbol)) return refusalOf(422, 42210000, `asset "${body.symbol}" not found`)
  if (quantity % quantityStep(symbol) !== 0n && timeInForce !== 'day') {
    return refusalOf(422, 42210000, 'fractional orders must be DAY orders')
  }
  return { symbol, side, quantity, timeInForce, limitPrice, clientOrderId: clientOrderId ?? null }
}

function isTimeInForce(text: string): text is TimeInForce {
  return TIMES_IN_FORCE.some((known) => known === text)
}
