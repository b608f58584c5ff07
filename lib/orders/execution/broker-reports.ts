/**
 * What an execution becomes when the broker speaks of its order, be it by a trade update, an answer to a POST, or
 * a look-up (docs/architecture.md#submitting). Pure.
 *
 * Invariants:
 * - the state is a function of the *set* of reports: duplicates and reordered reports end alike;
 * - a settled state is never replaced by an unsettled one, nor a terminal one by an open one; `absent`
 *   alone is left, since a report proves that the order did reach the broker;
 * - the filled quantity falls only by an explicit bust or correction; a fill that arrives after the
 *   order's end counts, and the state stays;
 * - nothing that the broker says is about a disowned order.
 *
 * Should the broker itself name two different ends of one order, the one that was first there holds.
 */
import { asDecimal } from '../../domain/decimal.ts'
import {
  isTerminal,
  type Execution,
  type ExecutionState,
  type PermissionRecord,
} from '../../domain/execution.ts'
import type { AlpacaOrderId } from '../../domain/ids.ts'
import type { OrderEvent } from '../../domain/order-event.ts'
import { spelled } from '../../domain/symbol.ts'
import type { BrokerOrder } from '../../ports/broker.ts'
import { isCorrection, progressOfStatus, progressOfUpdate } from './broker-status.ts'
import type { Change, Transition } from './moves.ts'
import { addReport, fillProgress, type BrokerReport } from './order-evidence.ts'

/** Why a trade update is not about this execution's order, and must not change it. */
export type OrderEventAnomaly =
  | 'account_mismatch'
  | 'client_order_id_mismatch'
  | 'alpaca_order_id_mismatch'
  | 'symbol_mismatch'
  | 'side_mismatch'
  /** Somebody else's order under our id; what an order is for never changes, a replaced one gets another id. */
  | 'quantity_mismatch'
  /** A denied execution was never sent: nothing can be reported of it. */
  | 'update_for_denied'

/**
 * Adopts the order as the broker holds it. The caller has compared its fields with the execution's and has
 * put the pointer.
 *
 * @param permission what the POST was permitted under, if its own answer told of the order
 * @param updates those about the order that were stored before its id was known
 */
export function withBrokerOrder(
  order: BrokerOrder,
  permission: PermissionRecord | null = null,
  updates: readonly OrderEvent[] = [],
): Change {
  const report: BrokerReport = {
    // The order is there, whatever its status is called.
    progress: progressOfStatus(order.status) ?? 'accepted',
    filledQuantity: order.filledQuantity,
    averageFillPrice: order.averageFillPrice,
    at: order.updatedAt,
    feedSeq: null,
    isCorrection: false,
  }
  return (current) => {
    const { state, alpacaOrderId: known } = current
    if (state === 'denied' || state === 'disowned' || (known !== null && known !== order.alpacaOrderId))
      return null
    const adopted = reported(current, absorbAll(absorb(current, report, order.alpacaOrderId), updates))
    if (adopted === null || permission === null) return adopted
    return { ...adopted, content: { ...adopted.content, permission } }
  }
}

/** Applies trade updates, in whatever order. Those that are not about this order (`orderEventAnomaly`) are skipped. */
export function withOrderEvents(events: readonly OrderEvent[]): Change {
  return (current) => reported(current, absorbAll(current, events))
}

function absorbAll(execution: Execution, events: readonly OrderEvent[]): Execution {
  // what the broker says under our id is about another order
  if (execution.state === 'disowned') return execution
  let next = execution
  for (const event of events) {
    if (orderEventAnomaly(next, event) === null) {
      next = absorb(next, reportOf(event, execution), event.alpacaOrderId)
    }
  }
  return next
}

/** Null when the update is about this execution's order. */
export function orderEventAnomaly(execution: Execution, event: OrderEvent): OrderEventAnomaly | null {
  if (event.accountLabel !== execution.accountLabel) return 'account_mismatch'
  if (differ(event.clientOrderId, execution.clientOrderId)) return 'client_order_id_mismatch'
  if (differ(event.alpacaOrderId, execution.alpacaOrderId)) return 'alpaca_order_id_mismatch'
  if (event.symbol !== null && spelled(event.symbol) !== spelled(execution.symbol)) {
    return 'symbol_mismatch'
  }
  if (differ(event.side, execution.side)) return 'side_mismatch'
  if (event.quantity !== null && event.quantity !== execution.quantity) return 'quantity_mismatch'
  return execution.state === 'denied' ? 'update_for_denied' : null
}

function differ(left: string | null, right: string | null): boolean {
  return left !== null && right !== null && left !== right
}

function reportOf(event: OrderEvent, execution: Execution): BrokerReport {
  const progress = progressOfUpdate(event) ?? 'accepted'
  // "Filled" without a number means all of it.
  const implied = progress === 'filled' ? execution.quantity : null
  return {
    progress,
    filledQuantity: event.filledQuantity ?? implied,
    averageFillPrice: event.averageFillPrice,
    at: event.eventTs,
    feedSeq: event.feedSeq,
    isCorrection: isCorrection(event.eventType),
  }
}

function absorb(execution: Execution, report: BrokerReport, orderId: AlpacaOrderId | null): Execution {
  const evidence = addReport(execution.evidence, report)
  const alpacaOrderId = execution.alpacaOrderId ?? orderId
  const state = stateAfter(execution, report, evidence.terminal?.state ?? null)
  const isSame =
    evidence === execution.evidence && alpacaOrderId === execution.alpacaOrderId && state === execution.state
  if (isSame) return execution
  const settled = { state, alpacaOrderId, evidence, misses: null, note: null, recheckedAt: null }
  return { ...execution, ...settled, ...fillProgress(evidence) }
}

function stateAfter(
  { state, rejection }: Execution,
  report: BrokerReport,
  end: ExecutionState | null,
): ExecutionState {
  // The broker refused the POST itself: that end is not a report, and it holds.
  if (state === 'rejected' && rejection !== null) return state
  if (end !== null) return end
  if (isTerminal(state) && state !== 'absent') return state
  const partly =
    state === 'partially_filled' ||
    report.progress === 'partially_filled' ||
    (report.filledQuantity ?? asDecimal(0n)) > 0n
  return partly ? 'partially_filled' : 'accepted'
}

function reported(before: Execution, after: Execution): Transition | null {
  return after === before ? null : { move: 'reported', content: after }
}
