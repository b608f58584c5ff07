/**
 * Alpaca's v2 JSON, checked and turned into our words. Sources: the broker's pages "Account", "Positions"
 * and "Orders" of the Trading API v2, and on what has no price
 * https://alpaca.markets/blog/api-breaking-change-notification-for-unpriceable-assets/.
 *
 * Invariants: amounts are read from strings straight into Decimals, never through a double, so a body that
 * carries one as a JSON number is unreadable; a body that lacks what we rely on is unreadable, never guessed;
 * somebody else's order that is unreadable costs nobody the rest of the list.
 */
import * as z from 'zod/mini'
import type { AccountBalance, OpenOrder, Position } from '../../domain/account.ts'
import { compare } from '../../domain/compare.ts'
import { asDecimal, parseDecimal, parseDecimalTowards, type Decimal } from '../../domain/decimal.ts'
import { asAlpacaOrderId, asClientOrderId, isOurs } from '../../domain/ids.ts'
import { parseEpochNs } from '../../domain/nano-time.ts'
import { joinedPair, spelled } from '../../domain/symbol.ts'
import type { BrokerOrder, OrderName } from '../../ports/broker.ts'

/** A decimal string. */
const amount = amountBy(parseDecimal)
/** Quantities of coins have a ninth digit: of what is held, and of what is filled, no more counts than there is. */
const atMost = amountBy((text) => parseDecimalTowards(text, 'down'))
/** Of what an order may still take, no less counts than it may take. */
const atLeast = amountBy((text) => parseDecimalTowards(text, 'up'))
const identifier = z.string().check(z.minLength(1), z.maxLength(128))
const side = z.enum(['buy', 'sell'])

const accountBody = z.object({
  id: identifier,
  equity: amount,
  last_equity: amount,
  cash: amount,
  buying_power: amount,
  non_marginable_buying_power: z.nullish(amount),
  trading_blocked: z.boolean(),
  account_blocked: z.boolean(),
  trade_suspended_by_user: z.optional(z.boolean()),
})

const positionBody = z.object({
  symbol: identifier,
  asset_class: z.string(),
  side: z.enum(['long', 'short']),
  qty: atMost,
  /** Null for what has no price, such as a delisted share. */
  market_value: z.nullish(amount),
})

const orderBody = z.object({
  id: identifier,
  client_order_id: identifier,
  symbol: identifier,
  side,
  type: z.literal('market'),
  qty: amount,
  time_in_force: z.enum(['day', 'gtc']),
  status: z.string().check(z.regex(/^[a-z_]{1,32}$/)),
  filled_qty: atMost,
  filled_avg_price: z.nullish(amount),
  updated_at: z.nullish(z.string()),
})

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
const cancelledBody = z.array(z.object({ id: identifier, status: z.number() }))
const refusalBody = z.object({ message: z.string() })

/** The account, or null when the body is not one. */
export function readBalance(body: unknown): AccountBalance | null {
  const parsed = accountBody.safeParse(body)
  if (!parsed.success) return null
  const account = parsed.data
  return {
    brokerAccountId: account.id,
    equity: account.equity,
    lastEquity: account.last_equity,
    cash: account.cash,
    buyingPower: account.buying_power,
    nonMarginableBuyingPower: account.non_marginable_buying_power ?? null,
    tradingBlocked:
      account.trading_blocked || account.account_blocked || account.trade_suspended_by_user === true,
  }
}

/** All positions, sorted by symbol, or null when the body is not a list of them. */
export function readPositions(body: unknown): readonly Position[] | null {
  const parsed = z.array(positionBody).safeParse(body)
  if (!parsed.success) return null
  return parsed.data
    .map((position) => {
      const short = position.side === 'short'
      return {
        symbol: spelled(position.asset_class === 'crypto' ? joinedPair(position.symbol) : position.symbol),
        quantity: short ? negative(position.qty) : position.qty,
        marketValue:
          position.market_value == null || !short
            ? (position.market_value ?? null)
            : negative(position.market_value),
      }
    })
    .sort((left, right) => compare(left.symbol, right.symbol))
}

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

/** Tells whether a body is Alpaca's own `{ code, message }`, not some gateway's page. */
export function isBrokerRefusal(body: string): boolean {
  try {
    return refusalBody.safeParse(JSON.parse(body)).success
  } catch {
    return false
  }
}

function amountBy(parse: (text: string) => Decimal | null) {
  return z.pipe(
    z.string(),
    z.transform((text, context): Decimal => {
      const value = parse(text)
      if (value !== null) return value
      context.issues.push({ code: 'custom', message: 'not a decimal string', input: text })
      return z.NEVER
    }),
  )
}

/** Short positions come with a minus sign; one that came without would be taken for a long one. */
function negative(value: Decimal): Decimal {
  return value > 0n ? asDecimal(-BigInt(value)) : value
}
