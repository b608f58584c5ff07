/**
 * Whether the paper exchange takes an order, and the refusal it answers with otherwise: status, code and
 * message as Alpaca gives them. Pure.
 */
import * as z from 'zod/mini'
import { formatDecimal, parseDecimal, type Decimal } from '../domain/decimal.ts'
import type { TimeInForce } from '../domain/decision.ts'
import type { Direction } from '../domain/intent.ts'
import { coinOf, isCrypto } from '../domain/symbol.ts'
import { addedExposure, buyingPower } from './accounting.ts'
import { heldQuantity, quantityStep, type ExchangeAccount, type ExchangeState } from './model.ts'

export interface Refusal {
  readonly status: number
  readonly body: {
    readonly code: number
    readonly message: string
    readonly [detail: string]: string | number
  }
}

export interface OrderTicket {
  readonly symbol: string
  readonly side: Direction
  readonly quantity: Decimal
  readonly timeInForce: TimeInForce
  /** Null when the client named none. */
  readonly clientOrderId: string | null
}

const ticketBody = z.object({
  symbol: z.string().check(z.minLength(1)),
  qty: z.union([z.string(), z.number()]),
  side: z.enum(['buy', 'sell']),
  type: z.string(),
  time_in_force: z.string(),
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
  const { symbol, side, type, time_in_force: timeInForce, client_order_id: clientOrderId } = parsed.data
  const quantity = parseDecimal(String(parsed.data.qty))
  if (type !== 'market') return refusalOf(422, 42210000, `order type ${type} is not traded here`)
  if (timeInForce !== 'day' && timeInForce !== 'gtc') return refusalOf(422, 42210000, 'invalid time_in_force')
  if (isCrypto(symbol) && timeInForce === 'day')
    return refusalOf(422, 42210000, 'invalid crypto time_in_force')
  if (quantity === null || quantity <= 0n) return refusalOf(422, 42210000, 'qty must be > 0')
  if (clientOrderId != null && clientOrderId.length > 128) {
    return refusalOf(422, 40010001, 'client_order_id must be no more than 128 characters')
  }
  if (!state.prices.has(symbol)) return refusalOf(422, 42210000, `asset "${symbol}" not found`)
  if (clientOrderId != null && account.ordersByClientOrderId.has(clientOrderId)) {
    return refusalOf(422, 40010001, 'client_order_id must be unique')
  }
  if (quantity % quantityStep(symbol) !== 0n) {
    return refusalOf(403, 40310000, `asset "${symbol}" is not fractionable`)
  }
  const ticket = { symbol, side, quantity, timeInForce, clientOrderId: clientOrderId ?? null } as const
  return cannotShort(account, ticket) ?? cannotAfford(state, account, ticket) ?? ticket
}

/** Nobody sells crypto short; of shares an account may, if it is enabled for it. */
function cannotShort(account: ExchangeAccount, { symbol, side, quantity }: OrderTicket): Refusal | null {
  const held = heldQuantity(account, symbol)
  if (side === 'buy' || held >= quantity) return null
  if (isCrypto(symbol)) {
    const available = formatDecimal(held)
    const message = `insufficient balance for ${coinOf(symbol)} (requested: ${formatDecimal(quantity)}, available: ${available})`
    return refusalOf(403, 40310000, message, { available, symbol })
  }
  return account.shortingEnabled ? null : refusalOf(403, 40310000, 'account is not allowed to short')
}

function cannotAfford(state: ExchangeState, account: ExchangeAccount, ticket: OrderTicket): Refusal | null {
  const cost = addedExposure(state, account, ticket)
  const power = buyingPower(state, account)
  if (cost === 0n || cost <= power) return null
  return refusalOf(403, 40310000, 'insufficient buying power', {
    buying_power: formatDecimal(power),
    cost_basis: formatDecimal(cost),
  })
}

export function isRefusal(answer: unknown): answer is Refusal {
  return typeof answer === 'object' && answer !== null && 'status' in answer && 'body' in answer
}

/** A refusal in the broker's form. */
export function refusalOf(
  status: number,
  code: number,
  message: string,
  details: Readonly<Record<string, string>> = {},
): Refusal {
  return { status, body: { ...details, code, message } }
}
