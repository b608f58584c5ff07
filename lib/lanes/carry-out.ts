/** Carrying out a sealed plan's decisions, in order (docs/architecture.md#carry-out). */
import type { Decision } from '../domain/decision.ts'
import type { Execution } from '../domain/execution.ts'
import type { OrderDeps } from '../orders/order-deps.ts'
import { executeDecision } from '../orders/execute-decision.ts'
import type { TimeBudget } from './lane-wiring.ts'

/** What one decision may take at worst: a broker's timeout and the writes around it. */
const DECISION_RESERVE_MS = 12_000

export type CarryOutResult =
  | { readonly kind: 'carried_out'; readonly unsettled: readonly Execution[] }
  | { readonly kind: 'mismatch'; readonly detail: string }
  | { readonly kind: 'out_of_time' }

/** Afterwards every accepted decision has an execution, unless time ran out. Safe to repeat. */
export async function carryOut(
  decisions: readonly Decision[],
  orders: OrderDeps,
  time: TimeBudget,
): Promise<CarryOutResult> {
  const unsettled: Execution[] = []
  for (const decision of decisions) {
    if (time.remainingMs() < DECISION_RESERVE_MS) return { kind: 'out_of_time' }
    const result = await executeDecision(decision, orders)
    if (result.kind === 'mismatch') {
      return { kind: 'mismatch', detail: `${decision.clientOrderId}: ${result.detail}` }
    }
    if (result.kind === 'unsettled') unsettled.push(result.execution)
  }
  return { kind: 'carried_out', unsettled }
}
