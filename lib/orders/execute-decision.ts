/**
 * From a decision to its one order: put the decision, claim its execution, send, record the answer
 * (docs/architecture.md#carry-out).
 *
 * Invariants:
 * - per (account, signal, horizon, origin) at most one order: an execution that is there already is settled,
 *   never sent anew;
 * - decision and claimed execution are stored before the POST begins;
 * - a stored decision that differs from the sealed one (its signal came again after retention forgot it) stands,
 *   and the sealed one is skipped.
 */
import type { Decision } from '../domain/decision.ts'
import { METRICS } from '../domain/metric-names.ts'
import { claimed, denied } from './execution/transitions.ts'
import type { Permission } from './firewall.ts'
import type { OrderDeps } from './order-deps.ts'
import { asResult, recordNew, type OrderResult } from './record-change.ts'
import { countDenial, sendClaimed } from './send-claimed.ts'
import { settleExecution } from './settle.ts'

export type ExecuteResult =
  | OrderResult
  | { readonly kind: 'not_accepted' }
  /** Another decision of this id was stored before: this one is not carried out. */
  | { readonly kind: 'standing' }

/** Carries out one decision of a sealed plan; safe to repeat at any point. */
export async function executeDecision(decision: Decision, deps: OrderDeps): Promise<ExecuteResult> {
  const put = await deps.decisions.putDecision(decision)
  if (put.kind === 'standing') return standing(decision, put.decision, deps)
  if (decision.outcome.kind === 'denied') return { kind: 'not_accepted' }
  const permission: Permission =
    deps.withheld === null ? await deps.firewall.ask(decision) : { kind: 'denied', reason: deps.withheld }
  if (permission.kind === 'denied') {
    const { kind, execution } = await recordNew(deps, denied(decision, permission.reason))
    if (kind === 'exists') return settleExecution(execution, deps)
    countDenial(deps, execution, permission.reason)
    return asResult(execution)
  }
  const claim = deps.claims.create(false)
  const { kind, execution } = await recordNew(deps, claimed(decision, claim, permission.record))
  if (kind === 'exists') return settleExecution(execution, deps)
  return sendClaimed(decision, execution, claim, deps)
}

function standing(sealed: Decision, stored: Decision, { telemetry }: OrderDeps): ExecuteResult {
  const { accountLabel: account, decisionId, position } = sealed
  telemetry.count(METRICS.decisionsStanding, 1, { account })
  telemetry.record('warn', 'an earlier decision of this id stands; the new one is skipped', {
    account,
    decision_id: decisionId,
    position,
    stands_since_position: stored.position,
  })
  return { kind: 'standing' }
}
