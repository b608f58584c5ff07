/**
 * From a decision to its one order: put the decision, claim its execution, send, record the answer
 * (docs/architecture.md#carry-out).
 *
 * Invariants:
 * - per (account, signal, horizon, origin) at most one order: an execution that is there already is settled,
 *    never sent anew;
 * - decision and claimed execution are stored before the POST begins;
 * - only a first claim's 4xx is evidence that the broker refused the order.
 */
import { METRICS } from '../domain/metric-names.ts'
import { ZERO } from '../domain/decimal.ts'
import type { Decision } from '../domain/decision.ts'
import type { Claim, Execution } from '../domain/execution.ts'
import { isUnsettled } from '../domain/execution.ts'
import type { EpochMs } from '../domain/time.ts'
import type { SubmitAnswer } from '../ports/broker.ts'
import type { Permission } from './firewall.ts'
import type { OrderDeps, OrderResult } from './order-deps.ts'
import { adoptOrder, asResult, recordAsHolder } from './record-change.ts'

export type ExecuteResult = OrderResult | { readonly kind: 'not_accepted' }

type ClaimedExecution = Execution & { readonly claim: Claim }

/** Carries out one decision of a sealed plan; safe to repeat at any point. */
export async function executeDecision(
  decision: Decision,
  deps: OrderDeps,
  settle: (execution: Execution) => Promise<OrderResult>,
): Promise<ExecuteResult> {
  await deps.decisions.putDecision(decision)
  if (decision.outcome.kind === 'denied') return { kind: 'not_accepted' }
  const permission = await deps.firewall.ask(decision)
  const claim = permission.kind === 'permitted' ? deps.claims.create(false) : null
  const execution = newExecution(decision, permission, claim, deps.clock.now())
  const outcome = await deps.executions.createExecution(execution)
  const existing =
    outcome.kind === 'exists' && !isSameWrite(outcome.execution, execution) ? outcome.execution : null
  if (existing !== null) return isUnsettled(existing.state) ? settle(existing) : asResult(existing)
  if (claim === null) {
    countDenial(deps, execution)
    return asResult(execution)
  }
  return sendClaimed(decision, { ...execution, claim }, deps)
}

/** Sends the order of an execution that this invocation has just claimed, and records what came of it. */
export async function sendClaimed(
  decision: Decision,
  execution: ClaimedExecution,
  deps: OrderDeps,
): Promise<OrderResult> {
  const { claim } = execution
  const outcome = await deps.firewall.post(decision, claim)
  const asHolder = async (change: Parameters<typeof recordAsHolder>[4]): Promise<OrderResult> =>
    asResult(await recordAsHolder(deps.executions, execution, claim, deps.clock.now(), change))
  if (outcome.kind === 'answered') {
    deps.telemetry.count(METRICS.ordersSubmitted, 1, {
      account: execution.accountLabel,
      answer: outcome.answer.kind,
    })
    const named = { ...execution, permission: outcome.record }
    return recordAnswer(outcome.answer, named, deps)
  }
  if (outcome.kind === 'denied' && !claim.takeover) {
    const denied = { state: 'denied', deniedReason: outcome.reason, claim: null } as const
    countDenial(deps, { ...execution, ...denied })
    return asHolder(denied)
  }
  // Nothing was sent under this claim, but an earlier one may have: it stays unsettled.
  const note =
    outcome.kind === 'denied' ? `not sent again: ${outcome.reason}` : 'not sent: the claim had run out'
  return asHolder({ claim: { ...claim, dead: true }, note })
}

async function recordAnswer(
  answer: SubmitAnswer,
  execution: ClaimedExecution,
  deps: OrderDeps,
): Promise<OrderResult> {
  const { claim, permission } = execution
  const asHolder = async (change: Parameters<typeof recordAsHolder>[4]): Promise<OrderResult> =>
    asResult(
      await recordAsHolder(deps.executions, execution, claim, deps.clock.now(), { permission, ...change }),
    )
  switch (answer.kind) {
    case 'accepted':
      return adoptOrder(deps, execution, answer.order, { permission })
    case 'rate_limited':
      return asHolder({ claim: { ...claim, dead: true }, note: 'the broker took nothing: too many requests' })
    case 'ambiguous':
      return asHolder({ state: 'unknown', note: answer.reason })
    case 'refused':
    case 'unprocessable':
      break
  }
  if (answer.kind === 'refused' && !claim.takeover) return asHolder(rejected(answer.body))
  const broker = await deps.brokerAt(execution.brokerTarget)
  const lookup = await broker.findByClientOrderId(execution.clientOrderId)
  if (lookup.kind === 'found') return adoptOrder(deps, execution, lookup.order, { permission })
  if (!claim.takeover) {
    return lookup.kind === 'not_found'
      ? asHolder(rejected(answer.body))
      : asHolder({ state: 'unknown', note: `refused, and the look-up failed: ${lookup.reason}` })
  }
  return asHolder({
    state: 'unknown',
    claim: { ...claim, dead: true },
    misses: lookup.kind === 'not_found' ? { count: 1, lastAt: deps.clock.now() } : null,
    neverPostAgain: true,
    note: `refused after a takeover: ${answer.body}`,
  })
}

function rejected(body: string): Pick<Execution, 'state' | 'rejection' | 'claim'> {
  return { state: 'rejected', rejection: body, claim: null }
}

function newExecution(
  decision: Decision,
  permission: Permission,
  claim: Claim | null,
  now: EpochMs,
): Execution {
  const { accountLabel, clientOrderId, decisionId, symbol, side, quantity, timeInForce, brokerTarget } =
    decision
  const permitted = permission.kind === 'permitted'
  return {
    accountLabel,
    clientOrderId,
    decisionId,
    symbol,
    side,
    quantity,
    timeInForce,
    brokerTarget,
    state: permitted ? 'submitting' : 'denied',
    revision: 1,
    claim,
    misses: null,
    neverPostAgain: false,
    alpacaOrderId: null,
    filledQuantity: ZERO,
    averageFillPrice: null,
    deniedReason: permitted ? null : permission.reason,
    rejection: null,
    note: null,
    permission: permitted ? permission.record : null,
    evidence: null,
    recheckedAt: null,
    createdAt: now,
    updatedAt: now,
  }
}

/** Whether the stored execution is the very write we just made, seen a second time. */
function isSameWrite(stored: Execution, written: Execution): boolean {
  if (stored.revision !== 1) return false
  return written.claim === null ? stored.state === 'denied' : stored.claim?.token === written.claim.token
}

function countDenial(
  { telemetry }: OrderDeps,
  { accountLabel: account, deniedReason: reason }: Execution,
): void {
  telemetry.count(METRICS.ordersDenied, 1, { account, reason })
  if (reason === 'kill_switch_on' || reason === 'kill_switch_unreadable') {
    telemetry.count(METRICS.killSwitchBlocks, 1, { account, reason })
  }
}
