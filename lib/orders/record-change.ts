/**
 * Writing an execution (docs/architecture.md#moves): the only code that creates or updates one. Every change
 * is conditional on the revision that was read, and is worked out anew from what is stored when somebody else was
 * faster.
 *
 * Invariants: nothing is written that the table of moves does not allow; the pointer is put before a settled state
 * is written.
 */
import { StateError } from '../domain/errors.ts'
import { isUnsettled, type Execution, type PermissionRecord } from '../domain/execution.ts'
import type { BrokerOrder } from '../ports/broker.ts'
import { withBrokerOrder } from './execution/broker-reports.ts'
import { changed, nextRevision, type Change, type Transition } from './execution/moves.ts'
import type { OrderDeps } from './order-deps.ts'
import { differenceText, orderDifferences } from './order-differences.ts'
import { storedUpdates } from './order-feed/stored-updates.ts'
import { tellOfOutcome } from './outcomes/tell-of-outcome.ts'

/** What writing an execution needs. */
type RecordDeps = Pick<OrderDeps, 'executions' | 'clock'>
/** What telling of an order's outcome needs beside it. */
type ReportingDeps = RecordDeps & Pick<OrderDeps, 'telemetry'>

/** Where an execution stands after we dealt with it. */
export type OrderResult =
  | { readonly kind: 'settled'; readonly execution: Execution }
  | { readonly kind: 'unsettled'; readonly execution: Execution }
  /** The broker holds another order under our id: the lane must halt. */
  | { readonly kind: 'mismatch'; readonly execution: Execution; readonly detail: string }

/** Conflicts in a row after which something is wrong with the store, not with the timing. */
const MAX_CONFLICTS = 20

/** Puts a decision's new execution, unless there is one; our own write seen twice is `created`. */
export async function recordNew(
  { executions, clock }: RecordDeps,
  transition: Transition,
): Promise<{ readonly kind: 'created' | 'exists'; readonly execution: Execution }> {
  const execution = nextRevision(null, transition, clock.now())
  const outcome = await executions.createExecution(execution)
  return outcome.kind === 'exists' && !isSameWrite(outcome.execution, execution)
    ? outcome
    : { kind: 'created', execution }
}

/**
 * One conditional write. `overtaken`: somebody else was faster, and this is what they made of it.
 * @throws StateError when the execution has vanished.
 */
export async function changeOnce(
  { executions, clock }: RecordDeps,
  read: Execution,
  change: Change,
): Promise<{ readonly kind: 'held' | 'overtaken'; readonly execution: Execution }> {
  const next = changed(read, change, clock.now())
  if (next === read) return { kind: 'held', execution: read }
  const outcome = await executions.updateExecution(next)
  if (outcome.kind === 'updated') return { kind: 'held', execution: next }
  if (outcome.current === null) throw new StateError(`execution ${read.clientOrderId} has vanished`)
  return { kind: 'overtaken', execution: outcome.current }
}

/**
 * Applies the change to what is stored until it holds or changes nothing; returns what is stored then. Whoever first
 * learns that the broker rejected the order, or how much of it was filled in the end, tells of it.
 */
export async function recordChange(deps: ReportingDeps, read: Execution, change: Change): Promise<Execution> {
  let current = read
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
    const { kind, execution } = await changeOnce(deps, current, change)
    if (kind === 'held') {
      tellOfOutcome(current, execution, deps.telemetry)
      return execution
    }
    current = execution
  }
  throw new StateError(`execution ${read.clientOrderId} cannot be updated: it never stops changing`)
}

/**
 * Takes over what the broker says of the order in the answer to its own POST, unless it is another order than ours.
 * An update of it that came in that moment and named the broker's id alone is left to `reconcile`.
 * @param permission what the POST was permitted under
 */
export async function adoptAnswer(
  deps: ReportingDeps,
  execution: Execution,
  order: BrokerOrder,
  permission: PermissionRecord | null,
): Promise<OrderResult> {
  return adopt(deps, execution, order, async () => withBrokerOrder(order, permission))
}

/**
 * Takes over what a look-up found, unless it is another order than ours, with the updates that waited for somebody
 * to know whose they are.
 * @param permission what the POST before the look-up was permitted under
 */
export async function adoptOrder(
  deps: ReportingDeps & Pick<OrderDeps, 'events'>,
  execution: Execution,
  order: BrokerOrder,
  permission: PermissionRecord | null = null,
): Promise<OrderResult> {
  const { alpacaOrderId } = order
  return adopt(deps, execution, order, async () => {
    const isNew = execution.alpacaOrderId === null
    const updates = isNew ? await storedUpdates(deps.events, { ...execution, alpacaOrderId }) : []
    return withBrokerOrder(order, permission, updates)
  })
}

/** The pointer comes first: an update that is not among the stored ones yet finds its execution by it. */
async function adopt(
  deps: ReportingDeps,
  execution: Execution,
  order: BrokerOrder,
  changeTo: () => Promise<Change>,
): Promise<OrderResult> {
  const different = orderDifferences(execution, order)
  if (different.length > 0) {
    return { kind: 'mismatch', execution, detail: different.map(differenceText).join('; ') }
  }
  await deps.executions.putPointer(execution.accountLabel, order.alpacaOrderId, execution.clientOrderId)
  return asResult(await recordChange(deps, execution, await changeTo()))
}

export function asResult(execution: Execution): OrderResult {
  return { kind: isUnsettled(execution.state) ? 'unsettled' : 'settled', execution }
}

/** Whether the stored execution is the very write we just made, seen a second time. */
function isSameWrite(stored: Execution, written: Execution): boolean {
  if (stored.revision !== 1) return false
  return written.claim === null ? stored.state === 'denied' : stored.claim?.token === written.claim.token
}
