/**
 * Settling an unsettled execution: finding out what became of its order (docs/architecture.md#settling).
 *
 * Invariants: the claim is judged *before* the look-up; a live claim is left alone; only a dead claim is taken
 * over, with the firewall's permission asked again; two misses at least 50 s apart, both under a dead claim,
 * prove an order absent.
 */
import { StateError } from '../domain/errors.ts'
import type { Execution } from '../domain/execution.ts'
import { isUnsettled } from '../domain/execution.ts'
import type { OrderDeps, OrderResult } from './order-deps.ts'
import { adoptOrder, asResult, recordChange } from './record-change.ts'
import { sendClaimed } from './send.ts'

/** Two look-ups closer together than this count as one miss. */
const MISS_SPACING_MS = 50_000
const MISSES_UNTIL_ABSENT = 2

/** Settles one execution as far as the evidence allows; safe to repeat and to run beside others. */
export async function settleExecution(execution: Execution, deps: OrderDeps): Promise<OrderResult> {
  if (!isUnsettled(execution.state)) return asResult(execution)
  const claimIsDead = deps.claims.isDead(execution.claim, deps.clock.now())
  const broker = await deps.brokerAt(execution.brokerTarget)
  const lookup = await broker.findByClientOrderId(execution.clientOrderId)
  if (lookup.kind === 'found') return adoptOrder(deps, execution, lookup.order)
  if (lookup.kind === 'unavailable' || !claimIsDead) return asResult(execution)
  return (execution.neverPostAgain ? null : await takeOver(execution, deps)) ?? recordMiss(execution, deps)
}

/** Claims the execution for this invocation and sends its order; null when the firewall does not permit it. */
async function takeOver(execution: Execution, deps: OrderDeps): Promise<OrderResult | null> {
  const decision = await deps.decisions.readDecision(execution.accountLabel, execution.decisionId)
  if (decision === null) throw new StateError(`execution ${execution.clientOrderId} has no decision`)
  const permission = await deps.firewall.ask(decision)
  if (permission.kind === 'denied') return null
  const claim = deps.claims.create(true)
  const claimed = {
    ...execution,
    state: 'submitting' as const,
    claim,
    misses: null,
    revision: execution.revision + 1,
    updatedAt: deps.clock.now(),
  }
  const outcome = await deps.executions.updateExecution(claimed)
  if (outcome.kind === 'updated') return sendClaimed(decision, claimed, deps)
  // Somebody else moved it; what they made of it counts.
  return asResult(outcome.current ?? execution)
}

async function recordMiss(execution: Execution, deps: OrderDeps): Promise<OrderResult> {
  const now = deps.clock.now()
  const stored = await recordChange(deps.executions, execution, (current) => {
    // A look-up says nothing about a claim, or a miss, that came after it.
    if (current.revision !== execution.revision) return current
    const { misses } = current
    if (misses !== null && now - misses.lastAt < MISS_SPACING_MS) return current
    const count = (misses?.count ?? 0) + 1
    const proven = count >= MISSES_UNTIL_ABSENT
    return {
      ...current,
      state: proven ? 'absent' : current.state,
      misses: { count, lastAt: now },
      revision: current.revision + 1,
      updatedAt: now,
    }
  })
  return asResult(stored)
}
