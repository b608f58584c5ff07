/**
 * Settling an unsettled execution: finding out what became of its order (docs/architecture.md#settling).
 *
 * Invariants: the claim is judged *before* the look-up; a live claim is left alone; only a dead claim is taken
 * over, where nothing is withheld and with the firewall's permission asked again; a miss counts under a dead claim
 * alone.
 */
import { StateError } from '../domain/errors.ts'
import { isUnsettled, type Execution } from '../domain/execution.ts'
import { missed, takenOver } from './execution/transitions.ts'
import type { OrderDeps } from './order-deps.ts'
import { adoptOrder, asResult, changeOnce, type OrderResult } from './record-change.ts'
import { sendClaimed } from './send-claimed.ts'

/** The most that settling one execution sends: a look-up, a POST, and the look-up after its refusal. */
export const SETTLE_REQUESTS = 3

/** Settles one execution as far as the evidence allows; safe to repeat and to run beside others. */
export async function settleExecution(execution: Execution, deps: OrderDeps): Promise<OrderResult> {
  if (!isUnsettled(execution.state)) return asResult(execution)
  const claimIsDead = deps.claims.isDead(execution.claim, deps.clock.now())
  const broker = await deps.brokerAt(execution.brokerTarget)
  const lookup = await broker.findByClientOrderId(execution.clientOrderId)
  if (lookup.kind === 'found') return adoptOrder(deps, execution, lookup.order)
  if (lookup.kind === 'unavailable' || !claimIsDead) return asResult(execution)
  const maySend = !execution.neverPostAgain && deps.withheld === null
  const sent = maySend ? await takeOver(execution, deps) : null
  return sent ?? asResult((await changeOnce(deps, execution, missed)).execution)
}

/** Claims the execution for this invocation and sends its order; null when the firewall does not permit it. */
async function takeOver(execution: Execution, deps: OrderDeps): Promise<OrderResult | null> {
  const decision = await deps.decisions.readDecision(execution.accountLabel, execution.decisionId)
  if (decision === null) throw new StateError(`execution ${execution.clientOrderId} has no decision`)
  const permission = await deps.firewall.ask(decision)
  if (permission.kind === 'denied') return null
  const claim = deps.claims.create(true)
  const taken = await changeOnce(deps, execution, takenOver(claim))
  return taken.kind === 'held'
    ? sendClaimed(decision, taken.execution, claim, deps)
    : asResult(taken.execution)
}
