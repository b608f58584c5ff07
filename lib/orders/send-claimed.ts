/**
 * Sending the order of an execution that this invocation has just claimed, be it for the first time or taken over,
 * and recording what came of it (docs/architecture.md#submitting).
 *
 * Invariants: the claimed execution is stored before the POST begins; only a first claim's 4xx is evidence that
 * the broker refused the order; what proves nothing leaves the execution unsettled.
 */
import type { Decision } from '../domain/decision.ts'
import type { DeniedReason } from '../domain/denied-reason.ts'
import type { Claim, Execution } from '../domain/execution.ts'
import { METRICS } from '../domain/metric-names.ts'
import type { OrderLookup, SubmitAnswer } from '../ports/broker.ts'
import { judgeAnswer, judgeLookup } from './execution/answers.ts'
import { released, withdrawn, type Holding } from './execution/transitions.ts'
import type { OrderDeps } from './order-deps.ts'
import { adoptAnswer, adoptOrder, asResult, recordChange, type OrderResult } from './record-change.ts'

/** @param claim the execution's own, which this invocation holds */
export async function sendClaimed(
  decision: Decision,
  execution: Execution,
  claim: Claim,
  deps: OrderDeps,
): Promise<OrderResult> {
  const outcome = await deps.firewall.post(decision, claim)
  if (outcome.kind === 'answered') {
    const { answer, record } = outcome
    deps.telemetry.count(METRICS.ordersSubmitted, 1, {
      account: execution.accountLabel,
      answer: answer.kind,
    })
    return recordAnswer(answer, execution, { claim, permission: record }, deps)
  }
  const unsent: Holding = { claim, permission: null }
  if (outcome.kind === 'denied' && !claim.takeover) {
    countDenial(deps, execution, outcome.reason)
    return asResult(await recordChange(deps, execution, withdrawn(unsent, outcome.reason)))
  }
  // Nothing was sent under this claim, but an earlier one may have: it stays unsettled.
  const note =
    outcome.kind === 'denied' ? `not sent again: ${outcome.reason}` : 'not sent: the claim had run out'
  return asResult(await recordChange(deps, execution, released(unsent, note)))
}

async function recordAnswer(
  answer: SubmitAnswer,
  execution: Execution,
  holding: Holding,
  deps: OrderDeps,
): Promise<OrderResult> {
  const judged = judgeAnswer(answer, holding)
  if (judged.kind === 'adopt') return adoptAnswer(deps, execution, judged.order, holding.permission)
  const verdict =
    judged.kind === 'look_up' ? judgeLookup(judged.body, holding, await lookUp(execution, deps)) : judged
  return verdict.kind === 'adopt'
    ? adoptOrder(deps, execution, verdict.order, holding.permission)
    : asResult(await recordChange(deps, execution, verdict.change))
}

async function lookUp(execution: Execution, deps: OrderDeps): Promise<OrderLookup> {
  const broker = await deps.brokerAt(execution.brokerTarget)
  return broker.findByClientOrderId(execution.clientOrderId)
}

/** Counts an order that our own checks kept from being sent. */
export function countDenial(
  { telemetry }: OrderDeps,
  { accountLabel: account }: Execution,
  reason: DeniedReason,
): void {
  telemetry.count(METRICS.ordersDenied, 1, { account, reason })
  if (reason === 'kill_switch_on' || reason === 'kill_switch_unreadable') {
    telemetry.count(METRICS.killSwitchBlocks, 1, { account, reason })
  }
}
