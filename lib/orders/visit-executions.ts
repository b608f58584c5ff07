/**
 * Brings stored executions up to date with the broker, one after the other: settles the unsettled, refreshes the open,
 * looks absent ones up once more, and applies stored updates that found no execution when they came
 * (docs/architecture.md#reconcile).
 *
 * Invariants: nothing is begun without room for it; nothing becomes final without the broker's evidence; nothing is sent
 * behind an order that is not ours.
 */
import { UnavailableError } from '../domain/errors.ts'
import { isUnsettled, type Execution } from '../domain/execution.ts'
import type { ClientOrderId } from '../domain/ids.ts'
import { plusSeconds, type EpochMs } from '../domain/time.ts'
import { withOrderEvents } from './execution/broker-reports.ts'
import { rechecked } from './execution/transitions.ts'
import type { OrderDeps } from './order-deps.ts'
import { storedUpdates } from './order-feed/stored-updates.ts'
import { adoptOrder, asResult, recordChange, type OrderResult } from './record-change.ts'
import { SETTLE_REQUESTS, settleExecution } from './settle.ts'

export type Visit =
  | OrderResult
  /** It stays as it is. */
  | { readonly kind: 'not_found' }
  | { readonly kind: 'unavailable'; readonly reason: string }

export interface Visited {
  readonly before: Execution
  readonly visit: Exclude<Visit, { kind: 'unavailable' }>
}

export interface Visits {
  readonly visited: readonly Visited[]
  /** The last open execution that was looked at. Null: none was. */
  readonly lookedAtLast: ClientOrderId | null
  /** Why the broker could not be asked, if so. */
  readonly unavailable: string | null
}

/** An absent order is given this long to show up before it is looked up once more, within the day. */
export const RECHECK_AFTER_SECONDS = 600

/** Absent ones that are due, then the open ones, by client order id, beginning behind the one that was looked at last. */
export function refreshedInTurn(
  work: readonly Execution[],
  now: EpochMs,
  resumeAfter: ClientOrderId | null,
): readonly Execution[] {
  const absent = work.filter(({ state }) => state === 'absent')
  const due = absent.filter(({ updatedAt }) => plusSeconds(updatedAt, RECHECK_AFTER_SECONDS) <= now)
  const rest = work.filter(isRefreshed)
  const isBehind = ({ clientOrderId }: Execution) => resumeAfter !== null && clientOrderId > resumeAfter
  const behind = rest.filter(isBehind)
  return [...due, ...behind, ...rest.filter((execution) => !isBehind(execution))]
}

/** Known to the broker and not final. */
function isRefreshed({ state }: Execution): boolean {
  return !isUnsettled(state) && state !== 'absent'
}

export async function visitExecutions(
  work: readonly Execution[],
  deps: OrderDeps,
  hasRoomFor: (requests: number) => boolean,
): Promise<Visits> {
  const visited: Visited[] = []
  let lookedAtLast: ClientOrderId | null = null
  let unavailable: string | null = null
  let orders = deps
  for (const before of work) {
    const maySend = isUnsettled(before.state) && orders.withheld === null
    if (unavailable !== null || !hasRoomFor(maySend ? SETTLE_REQUESTS : 1)) break
    const visit = await visitExecution(before, orders)
    // the lane halts: what is left is looked up, and nothing more is sent
    if (visit.kind === 'mismatch') orders = { ...deps, withheld: 'lane_halted' }
    // one that cannot be asked about must not hold up those behind it for ever
    if (isRefreshed(before)) lookedAtLast = before.clientOrderId
    if (visit.kind === 'unavailable') unavailable = visit.reason
    else visited.push({ before, visit })
  }
  return { visited, lookedAtLast, unavailable }
}

async function visitExecution(execution: Execution, deps: OrderDeps): Promise<Visit> {
  try {
    const found = isUnsettled(execution.state)
      ? await settleExecution(execution, deps)
      : await refresh(execution, deps)
    return found.kind === 'settled' ? asResult(await applyStored(found.execution, deps)) : found
  } catch (error) {
    if (error instanceof UnavailableError) return { kind: 'unavailable', reason: error.message }
    throw error
  }
}

async function refresh(execution: Execution, deps: OrderDeps): Promise<Visit> {
  const broker = await deps.brokerAt(execution.brokerTarget)
  const lookup = await broker.findByClientOrderId(execution.clientOrderId)
  if (lookup.kind === 'unavailable') return lookup
  if (lookup.kind === 'found') return adoptOrder(deps, execution, lookup.order)
  if (execution.state !== 'absent') return { kind: 'not_found' }
  return asResult(await recordChange(deps, execution, rechecked))
}

async function applyStored(execution: Execution, deps: OrderDeps): Promise<Execution> {
  return recordChange(deps, execution, withOrderEvents(await storedUpdates(deps.events, execution)))
}
