/**
 * From a decision to its one order: put the decision, claim its execution, send, record the answer
 * (docs/architecture.md#carry-out).
 *
 * Invariants:
 * - per (account, signal, horizon, origin) at most one order: an execution that is there already is settled,
 *   never sent anew;
 * - decision and claimed execution are stored before the POST begins.
 */
import type { Decision } from '../domain/decision.ts'
import { claimed, denied } from './execution/transitions.ts'
import type { OrderDeps } from './order-deps.ts'
import { asResult, recordNew, type OrderResult } from './record-change.ts'
import { countDenial, sendClaimed } from './send-claimed.ts'
import { settleExecution } from './settle.ts'

export type ExecuteResult = OrderResult | { readonly kind: 'not_accepted' }

/** Carries out one decision of a sealed plan; safe to repeat at any point. */
export async function executeDecision(decision: Decision, deps: OrderDeps): Promise<ExecuteResult> {
  await deps.decisions.putDecision(decision)
  if (decision.outcome.kind === 'denied') return { kind: 'not_accepted' }
  const permission = await deps.firewall.ask(decision)
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
