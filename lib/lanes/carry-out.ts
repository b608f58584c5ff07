/**
 * Carrying out a sealed plan's decisions, in order (docs/architecture.md#carry-out), within an invocation's time.
 *
 * Invariant: to go on with a plan costs less than to do it. What is there already is read at once and passed by, and
 * finding out about earlier orders leaves time for those that were not begun, so that each run gets further.
 */
import type { Decision } from '../domain/decision.ts'
import { isUnsettled, type Execution } from '../domain/execution.ts'
import type { OrderDeps } from '../orders/order-deps.ts'
import { executeDecision } from '../orders/execute-decision.ts'
import { asResult, type OrderResult } from '../orders/record-change.ts'
import { SETTLE_REQUESTS, settleExecution } from '../orders/settle.ts'
import type { LaneDeps } from './lane-wiring.ts'

/** What an invocation has left. */
type Limits = Pick<LaneDeps, 'time' | 'requests'>

/** What one decision may take at worst: a broker's timeout and the writes around it. */
const DECISION_RESERVE_MS = 12_000
/** What some writes, and the commit after them, may take. */
const WRITE_RESERVE_MS = 2000
/** The share of an invocation after which no earlier order is looked up any more. */
const SETTLE_SHARE = 0.4
/** Reads and writes that wait for nothing but the store. */
const AT_ONCE = 16

export interface SealedDecisions {
  readonly decisions: readonly Decision[]
  /** Whether an earlier run may have done a part of them. */
  readonly resumed: boolean
}

export type CarryOutResult =
  | { readonly kind: 'carried_out'; readonly unsettled: readonly Execution[] }
  | { readonly kind: 'mismatch'; readonly detail: string }
  | { readonly kind: 'out_of_time' }
  | { readonly kind: 'out_of_requests' }

/**
 * Afterwards every accepted decision that is not skipped has an execution, unless time or requests ran out. Safe to
 * repeat.
 */
export async function carryOut(
  { decisions, resumed }: SealedDecisions,
  orders: OrderDeps,
  limits: Limits,
): Promise<CarryOutResult> {
  const { time } = limits
  const accepted = decisions.filter(({ outcome }) => outcome.kind === 'accepted')
  const begun = resumed ? await inChunks(accepted, (decision) => executionOf(decision, orders)) : []
  const unsettled: Execution[] = []
  for (const [index, decision] of accepted.entries()) {
    const earlier = begun[index] ?? null
    if (earlier === null && time.remainingMs() < DECISION_RESERVE_MS) return { kind: 'out_of_time' }
    if (earlier === null && limits.requests.left < SETTLE_REQUESTS) return { kind: 'out_of_requests' }
    const result =
      earlier === null
        ? await executeDecision(decision, orders)
        : await settleInTime(earlier, () => Promise.resolve(orders), limits)
    if (result.kind === 'mismatch') {
      return { kind: 'mismatch', detail: `${decision.clientOrderId}: ${result.detail}` }
    }
    if (result.kind === 'unsettled') unsettled.push(result.execution)
  }
  const denied = decisions.filter(({ outcome }) => outcome.kind === 'denied')
  const stored = await inChunks(denied, async (decision) => {
    if (time.remainingMs() < WRITE_RESERVE_MS) return false
    await executeDecision(decision, orders)
    return true
  })
  return stored.every(Boolean) ? { kind: 'carried_out', unsettled } : { kind: 'out_of_time' }
}

/** Settles an execution if it needs that and there is room for it; what is not looked up stays as it is. */
export async function settleInTime(
  execution: Execution,
  orders: () => Promise<OrderDeps>,
  { time, requests }: Limits,
): Promise<OrderResult> {
  const hasTime = time.remainingMs() >= time.totalMs * (1 - SETTLE_SHARE)
  const hasRoom = hasTime && requests.left >= SETTLE_REQUESTS
  if (!hasRoom || !isUnsettled(execution.state)) return asResult(execution)
  return settleExecution(execution, await orders())
}

function executionOf(
  { accountLabel, clientOrderId }: Decision,
  { executions }: OrderDeps,
): Promise<Execution | null> {
  return executions.readExecution(accountLabel, clientOrderId)
}

async function inChunks<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  for (let from = 0; from < items.length; from += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(run))))
  }
  return results
}
