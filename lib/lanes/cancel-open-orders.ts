/**
 * Cancelling while the kill switch is on (docs/architecture.md#order-firewall): our open orders of the account,
 * or everybody's with `TRADING_KILL_SWITCH_CANCEL=all`.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { METRICS } from '../domain/metric-names.ts'
import { isOurs } from '../domain/ids.ts'
import type { Broker } from '../ports/broker.ts'
import type { Telemetry } from '../ports/telemetry.ts'

/** Returns how many orders were cancelled. @throws BrokerUnavailableError when open orders cannot be read. */
export async function cancelOpenOrders(
  broker: Broker,
  account: AccountLabel,
  whose: 'own' | 'all',
  telemetry: Telemetry,
): Promise<number> {
  const { openOrders } = await broker.snapshot()
  let cancelled = 0
  for (const order of openOrders) {
    if (whose === 'own' && !isOurs(order.clientOrderId)) continue
    const answer = await broker.cancel(order.alpacaOrderId)
    if (answer.kind === 'cancelled') cancelled += 1
    telemetry.record(
      answer.kind === 'unavailable' ? 'warn' : 'info',
      'kill switch: cancelling an open order',
      {
        account,
        client_order_id: order.clientOrderId,
        answer: answer.kind,
      },
    )
  }
  telemetry.count(METRICS.ordersCancelled, cancelled, { account })
  return cancelled
}
