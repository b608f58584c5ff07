/**
 * What the log is told of an order's outcome, by whoever learns it first: that the broker rejected it, or how much of it
 * was filled in the end. Operators read these records, and the digest is made of them.
 */
import { formatDecimal } from '../../domain/decimal.ts'
import { isTerminal, type Execution } from '../../domain/execution.ts'
import { METRICS } from '../../domain/metric-names.ts'
import type { Telemetry } from '../../ports/telemetry.ts'

export const REJECTED_RECORD = 'the broker rejected an order'
export const FILLED_RECORD = 'an order was filled'

/** @param before what was stored until now */
export function tellOfOutcome(before: Execution, after: Execution, telemetry: Telemetry): void {
  const { accountLabel: account, clientOrderId, symbol, side, quantity, rejection } = after
  const order = { account, clientOrderId, symbol, side, quantity: formatDecimal(quantity) }
  if (after.state === 'rejected' && before.state !== 'rejected') {
    telemetry.count(METRICS.ordersRejected, 1, { account })
    telemetry.record('warn', REJECTED_RECORD, { ...order, rejection })
  }
  const filled = isTerminal(after.state) ? after.filledQuantity : 0n
  if (filled > 0n && (!isTerminal(before.state) || before.filledQuantity !== filled)) {
    const { averageFillPrice: price } = after
    telemetry.record('info', FILLED_RECORD, {
      ...order,
      filled: formatDecimal(after.filledQuantity),
      price: price === null ? null : formatDecimal(price),
    })
  }
}
