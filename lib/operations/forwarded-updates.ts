/**
 * Trade updates as the forwarder puts them on the second topic (docs/forwarder.md): those that the broker told of, and what
 * look-ups say of orders whose updates were missed. Pure.
 *
 * Invariant: an update names its account; the same update is the same text, so that the queue takes it once.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { formatDecimal } from '../domain/decimal.ts'
import { asClientOrderId, encodeFields, sha256Hex, type ClientOrderId } from '../domain/ids.ts'
import { formatEpochNs } from '../domain/nano-time.ts'
import { isTerminalStatus } from '../orders/execution/broker-status.ts'
import type { BrokerOrder } from '../ports/broker.ts'
import type { QueueMessage } from '../ports/queue.ts'

type Update = Readonly<Record<string, unknown>>

/** An order that an update is about, as far as it says. */
export interface UpdatedOrder {
  readonly clientOrderId: ClientOrderId
  readonly isFinal: boolean
}

export function forwarded(account: AccountLabel, update: Update): QueueMessage {
  const body = JSON.stringify({ channel: 'trade_updates', account_label: account, payload: update })
  return { groupId: account, deduplicationId: sha256Hex(encodeFields('forwarded', body)), body }
}

/** What a look-up says, in the form of an update: no single fill, but how far the order is filled. */
export function updateOfOrder(order: BrokerOrder): Update {
  const { status, updatedAt, averageFillPrice } = order
  return {
    event: EVENTS[status] ?? status,
    ...(updatedAt === null ? {} : { timestamp: formatEpochNs(updatedAt) }),
    order: {
      id: order.alpacaOrderId,
      client_order_id: order.clientOrderId,
      symbol: order.symbol,
      side: order.side,
      qty: formatDecimal(order.quantity),
      filled_qty: formatDecimal(order.filledQuantity),
      filled_avg_price: averageFillPrice === null ? null : formatDecimal(averageFillPrice),
      status,
    },
  }
}

const EVENTS: Readonly<Record<string, string>> = { partially_filled: 'partial_fill', filled: 'fill' }

/** Null for an update that names no order of anybody's choosing. */
export function orderOfUpdate({ order }: Update): UpdatedOrder | null {
  const { client_order_id: id, status } = (order ?? {}) as { client_order_id?: unknown; status?: unknown }
  if (typeof id !== 'string') return null
  return {
    clientOrderId: asClientOrderId(id),
    isFinal: typeof status === 'string' && isTerminalStatus(status),
  }
}
