/**
 * What an order in the broker's list is to us (docs/architecture.md#external-orders). Pure.
 *
 * Invariants: an execution is made good only for an order whose accepted decision is stored, and by the broker's own
 * word; where an execution stands for the order, or looks for it, nothing is to be done.
 */
import type { BrokerTarget } from '../domain/account.ts'
import type { Decision } from '../domain/decision.ts'
import { isUnsettled, type Execution } from '../domain/execution.ts'
import { isOurs } from '../domain/ids.ts'
import type { ExternalReason } from '../domain/unmatched-order.ts'
import type { BrokerOrder, SentOrder } from '../ports/broker.ts'

export type OrderMatch =
  /** Its execution has it, or is being settled. */
  | { readonly kind: 'known' }
  /** Its execution was found absent: the order is there after all. */
  | { readonly kind: 'reopen'; readonly execution: Execution; readonly order: BrokerOrder }
  /** Its decision has no execution. */
  | { readonly kind: 'backfill'; readonly decision: Decision; readonly order: BrokerOrder }
  | { readonly kind: 'external'; readonly reason: ExternalReason }

/**
 * @param execution the one under the order's client order id
 * @param decision the one behind that id, where there is no execution
 * @param target where the list came from
 */
export function matchOrder(
  { alpacaOrderId, clientOrderId, order }: SentOrder,
  execution: Execution | null,
  decision: Decision | null,
  target: BrokerTarget,
): OrderMatch {
  if (execution !== null) {
    const { state } = execution
    if (execution.alpacaOrderId === alpacaOrderId || isUnsettled(state)) return { kind: 'known' }
    if (state === 'disowned') return external('disowned')
    const isMissing = state === 'absent' && order !== null
    return isMissing ? { kind: 'reopen', execution, order } : external('never_sent')
  }
  if (!isOurs(clientOrderId)) return external('not_ours')
  if (decision === null || decision.brokerTarget.baseUrl !== target.baseUrl) return external('no_decision')
  if (decision.outcome.kind === 'denied') return external('decision_denied')
  return order === null ? external('unlike_decision') : { kind: 'backfill', decision, order }
}

function external(reason: ExternalReason): OrderMatch {
  return { kind: 'external', reason }
}
