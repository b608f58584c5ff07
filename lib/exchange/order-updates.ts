/** The trade updates that events give rise to, numbered without holes over all accounts, and the end of an order. */
import { formatInstant, type EpochMs } from '../domain/time.ts'
import type { ExchangeAccount, ExchangeState } from './model.ts'
import { deterministicUuid, type ExchangeOrder } from './order.ts'
import { type TradeUpdateEvent, type TradeUpdateMessage, wireOrder } from './wire-order.ts'

export function endOrder(
  state: ExchangeState,
  account: ExchangeAccount,
  order: ExchangeOrder,
  end: 'canceled' | 'expired',
  at: EpochMs,
): void {
  account.openOrders.delete(order)
  order.status = end
  order.updatedAt = at
  order.endedAt = at
  emit(state, order, end, at)
}

export function emit(
  state: ExchangeState,
  order: ExchangeOrder,
  event: TradeUpdateEvent,
  at: EpochMs,
  fill: Pick<TradeUpdateMessage['data'], 'price' | 'qty' | 'position_qty'> = {},
): void {
  const data = {
    event,
    timestamp: formatInstant(at),
    order: wireOrder(order),
    execution_id: deterministicUuid('execution', order.id, event, String(order.fills)),
    ...fill,
  }
  state.updates.add({ account: order.account, message: { stream: 'trade_updates', data } })
}
