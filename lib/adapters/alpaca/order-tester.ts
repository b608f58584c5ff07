/**
 * An operator's test order over Alpaca's Trading API v2 (https://docs.alpaca.markets/reference/postorder). Import it
 * dynamically, as `alpaca-broker.ts`.
 */
import { trading } from '@alpacahq/alpaca-trade-api/rest'
import { formatDecimal } from '../../domain/decimal.ts'
import type { OrderTester, TestAnswer } from '../../ports/order-tester.ts'
import { alpacaConnection, type ConnectionOptions } from './connection.ts'
import { replyOf, type Reply } from './reply.ts'
import { readShownOrder } from './wire-shown-order.ts'

/** The most that one request gives. */
const ORDERS_PAGE = 500

/** Sends nothing yet. @throws ConfigurationError when the credentials cannot be sent as headers */
export function openOrderTester(options: ConnectionOptions): OrderTester {
  const { configuration, redact } = alpacaConnection(options)
  const orders = new trading.OrdersApi(configuration)
  const ask = (call: () => Promise<{ readonly raw: Response }>) => replyOf(call, redact)
  return {
    target: options.target,
    place: async ({ clientOrderId, symbol, quantity, limitPrice, timeInForce }) => {
      const postOrderRequest = {
        symbol,
        qty: formatDecimal(quantity),
        side: 'buy',
        type: 'limit',
        limitPrice: formatDecimal(limitPrice),
        timeInForce,
        clientOrderId,
      } as const
      return shown(await ask(() => orders.postOrderRaw({ postOrderRequest })))
    },
    showById: async (orderId) => shown(await ask(() => orders.getOrderByOrderIDRaw({ orderId }))),
    showByClientOrderId: async (clientOrderId) =>
      shown(await ask(() => orders.getOrderByClientOrderIdRaw({ clientOrderId }))),
    openOrders: async () => {
      const query = { status: 'open', direction: 'desc', limit: ORDERS_PAGE } as const
      const reply = await ask(() => orders.getAllOrdersRaw(query))
      if (reply.kind !== 'read') return failed(reply)
      if (!Array.isArray(reply.json))
        return { kind: 'unavailable', reason: 'the answer is no list of orders' }
      return {
        kind: 'listed',
        orders: reply.json.map(readShownOrder).filter((order) => order !== null),
      }
    },
    cancel: async (orderId) => {
      const reply = await ask(() => orders.deleteOrderByOrderIDRaw({ orderId }))
      return reply.kind === 'read' ? null : failed(reply)
    },
  }
}

function shown(reply: Reply): TestAnswer {
  if (reply.kind !== 'read') return failed(reply)
  const order = readShownOrder(reply.json)
  return order === null
    ? { kind: 'unavailable', reason: 'the answer is not an order' }
    : { kind: 'shown', order }
}

function failed(
  reply: Exclude<Reply, { readonly kind: 'read' }>,
): Exclude<TestAnswer, { readonly kind: 'shown' }> {
  if (reply.kind === 'refused') return reply
  return { kind: 'unavailable', reason: reply.kind === 'unreadable' ? reply.reason : 'nothing was sent' }
}
