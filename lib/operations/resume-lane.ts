/**
 * Letting a halted lane go on (docs/architecture.md#disowning): each execution under whose id the broker holds another
 * order is disowned first, or the lane would halt over it again at its next tick.
 *
 * Invariants: nothing is changed unless the broker was asked about every open order; nothing is disowned that somebody
 * may still be sending, nor, without the operator's explicit word, while the foreign order can still be filled.
 */
import { plusSeconds, type EpochMs } from '../domain/time.ts'
import { CLAIM_MARGIN_MS, isDeadClaim } from '../orders/claims.ts'
import { disowned } from '../orders/execution/transitions.ts'
import { changeOnce } from '../orders/record-change.ts'
import type { Clock } from '../ports/clock.ts'
import type { StateStores } from '../ports/state-stores.ts'
import {
  isFinalAtBroker,
  mismatchedOrders,
  type InspectedOrder,
  type LaneInspection,
  type MismatchedOrder,
} from './inspect-lane.ts'

export type ResumePlan =
  | { readonly kind: 'not_halted' }
  /** The broker could not be asked about this one. */
  | { readonly kind: 'unknown_order'; readonly order: InspectedOrder; readonly reason: string }
  /** Somebody may be sending it until then. */
  | { readonly kind: 'claimed'; readonly order: MismatchedOrder; readonly until: EpochMs }
  /** These can still be filled, and nobody said that they should be disowned all the same. */
  | { readonly kind: 'still_open'; readonly orders: readonly MismatchedOrder[] }
  | { readonly kind: 'ready'; readonly disown: readonly MismatchedOrder[] }

/** What resuming would do. Pure. */
export function planResume(
  { status: { lane }, orders }: LaneInspection,
  { disownOpen, now }: { readonly disownOpen: boolean; readonly now: EpochMs },
): ResumePlan {
  if (lane === null || lane.halted === null) return { kind: 'not_halted' }
  for (const order of orders) {
    const { lookup } = order
    if (lookup.kind === 'unavailable') return { kind: 'unknown_order', order, reason: lookup.reason }
  }
  const mismatched = mismatchedOrders(orders)
  for (const order of mismatched) {
    const { claim } = order.execution
    if (claim !== null && !isDeadClaim(claim, now)) {
      return { kind: 'claimed', order, until: plusSeconds(claim.diesAt, CLAIM_MARGIN_MS / 1000) }
    }
  }
  const open = mismatched.filter(({ foreign }) => !isFinalAtBroker(foreign))
  return open.length > 0 && !disownOpen
    ? { kind: 'still_open', orders: open }
    : { kind: 'ready', disown: mismatched }
}

export type ResumeOutcome =
  | { readonly kind: 'resumed' }
  /** This one changed meanwhile; the lane is still halted, and what was disowned stays so. */
  | { readonly kind: 'overtaken'; readonly order: MismatchedOrder }

/** Disowns, then lifts the halt; safe to repeat. @throws UnavailableError */
export async function resumeLane(
  { account, source }: LaneInspection['status'],
  disown: readonly MismatchedOrder[],
  operator: string,
  { stores, clock }: { readonly stores: Pick<StateStores, 'executions' | 'lanes'>; readonly clock: Clock },
): Promise<ResumeOutcome> {
  for (const order of disown) {
    const change = disowned(operator, order.foreign.alpacaOrderId)
    const { kind } = await changeOnce({ executions: stores.executions, clock }, order.execution, change)
    if (kind === 'overtaken') return { kind: 'overtaken', order }
  }
  await stores.lanes.resume(account, source)
  return { kind: 'resumed' }
}
