/**
 * Brings the open executions of an account up to date with the broker: settles the unsettled, refreshes the
 * open, looks absent ones up once more, applies stored updates that found no execution when they came
 * (docs/architecture.md#reconcile).
 *
 * Invariants: no lane version is ever committed from here; nothing is begun without room for it; nothing becomes
 * final without the broker's evidence; an account with more open executions than there is room for gets through all
 * of them in turn, each pass beginning behind the one that the last pass looked at last.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { UnavailableError } from '../domain/errors.ts'
import { isOpenWork, isUnsettled, type Execution } from '../domain/execution.ts'
import type { ClientOrderId } from '../domain/ids.ts'
import { METRICS } from '../domain/metric-names.ts'
import { plusSeconds, type EpochMs } from '../domain/time.ts'
import type { OrderEventStore } from '../ports/order-event-store.ts'
import { withOrderEvents } from './execution/broker-reports.ts'
import { rechecked } from './execution/transitions.ts'
import type { OrderDeps } from './order-deps.ts'
import { storedUpdates } from './order-feed/stored-updates.ts'
import { adoptOrder, asResult, recordChange, type OrderResult } from './record-change.ts'
import { SETTLE_REQUESTS, settleExecution } from './settle.ts'

export interface ReconcileDeps extends OrderDeps {
  readonly events: OrderEventStore
}

/** Where a pass begins and how far it may go. */
export interface ReconcileTurn {
  /** The last open execution that was looked at before; null: none was. */
  readonly resumeAfter: ClientOrderId | null
  /** Whether what takes so many broker requests can be begun. */
  hasRoomFor(requests: number): boolean
}

export interface ReconcileSummary {
  /** Executions that were dealt with. */
  readonly visited: number
  /** Of these, how many are stored differently now. */
  readonly updated: number
  /** Absent ones that did show up. */
  readonly reopened: readonly ClientOrderId[]
  /** The broker holds another order under our id: the lane must halt. */
  readonly mismatches: readonly { readonly clientOrderId: ClientOrderId; readonly detail: string }[]
  /** Open ones that the broker does not find; they stay as they are. */
  readonly notFound: readonly ClientOrderId[]
  /** Left for the next time, for want of requests, of time or of the broker. */
  readonly deferred: number
  /** The last open execution that was looked at; the next pass begins behind it. Null: none was. */
  readonly lookedAtLast: ClientOrderId | null
  /** Why the broker could not be asked, if so. */
  readonly unavailable: string | null
}

type Visit =
  OrderResult | { readonly kind: 'not_found' } | { readonly kind: 'unavailable'; readonly reason: string }

/** An absent order is given this long to show up before it is looked up once more, within the day. */
const RECHECK_AFTER_SECONDS = 600

/** One pass over what the index of open executions shows; safe to repeat and to run beside cycles. */
export async function reconcileAccount(
  account: AccountLabel,
  deps: ReconcileDeps,
  turn: ReconcileTurn,
): Promise<ReconcileSummary> {
  const open = await deps.executions.listOpen(account)
  const work = inTurn(open, deps.clock.now(), turn.resumeAfter)
  const visits: { readonly before: Execution; readonly visit: Visit }[] = []
  let lookedAtLast: ClientOrderId | null = null
  let unavailable: string | null = null
  let orders = deps
  for (const before of work) {
    const maySend = isUnsettled(before.state) && orders.withheld === null
    if (unavailable !== null || !turn.hasRoomFor(maySend ? SETTLE_REQUESTS : 1)) break
    const visit = await visitExecution(before, orders)
    // the lane halts: what is left is looked up, and nothing more is sent
    if (visit.kind === 'mismatch') orders = { ...deps, withheld: 'lane_halted' }
    // one that cannot be asked about must not hold up those behind it for ever
    if (isRefreshed(before)) lookedAtLast = before.clientOrderId
    if (visit.kind === 'unavailable') unavailable = visit.reason
    else visits.push({ before, visit })
  }
  const deferred = work.length - visits.length
  const summary = { ...summarize(visits), deferred, lookedAtLast, unavailable }
  report(account, summary, deps)
  return summary
}

/**
 * Unsettled ones first, then the absent ones that are due, then the open ones by client order id, beginning behind
 * the one that was looked at last.
 */
function inTurn(
  open: readonly Execution[],
  now: EpochMs,
  resumeAfter: ClientOrderId | null,
): readonly Execution[] {
  const work = open.filter(isOpenWork)
  const unsettled = work.filter(({ state }) => isUnsettled(state))
  const absent = work.filter(({ state }) => state === 'absent')
  const due = absent.filter(({ updatedAt }) => plusSeconds(updatedAt, RECHECK_AFTER_SECONDS) <= now)
  const rest = work.filter(isRefreshed)
  const isBehind = ({ clientOrderId }: Execution) => resumeAfter !== null && clientOrderId > resumeAfter
  const behind = rest.filter(isBehind)
  return [...unsettled, ...due, ...behind, ...rest.filter((execution) => !isBehind(execution))]
}

/** Known to the broker and not final. */
function isRefreshed({ state }: Execution): boolean {
  return !isUnsettled(state) && state !== 'absent'
}

async function visitExecution(execution: Execution, deps: ReconcileDeps): Promise<Visit> {
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

async function refresh(execution: Execution, deps: ReconcileDeps): Promise<Visit> {
  const broker = await deps.brokerAt(execution.brokerTarget)
  const lookup = await broker.findByClientOrderId(execution.clientOrderId)
  if (lookup.kind === 'unavailable') return lookup
  if (lookup.kind === 'found') return adoptOrder(deps, execution, lookup.order)
  if (execution.state !== 'absent') return { kind: 'not_found' }
  return asResult(await recordChange(deps, execution, rechecked))
}

async function applyStored(execution: Execution, deps: ReconcileDeps): Promise<Execution> {
  return recordChange(deps, execution, withOrderEvents(await storedUpdates(deps.events, execution)))
}

function summarize(
  visits: readonly { readonly before: Execution; readonly visit: Visit }[],
): Omit<ReconcileSummary, 'deferred' | 'lookedAtLast' | 'unavailable'> {
  const stored = visits.flatMap(({ before, visit }) =>
    visit.kind === 'settled' || visit.kind === 'unsettled' ? [{ before, after: visit.execution }] : [],
  )
  return {
    visited: visits.length,
    updated: stored.filter(({ before, after }) => after.revision !== before.revision).length,
    reopened: stored
      .filter(({ before, after }) => before.state === 'absent' && after.state !== 'absent')
      .map(({ after }) => after.clientOrderId),
    mismatches: visits.flatMap(({ before: { clientOrderId }, visit }) =>
      visit.kind === 'mismatch' ? [{ clientOrderId, detail: visit.detail }] : [],
    ),
    notFound: visits.flatMap(({ before, visit }) =>
      visit.kind === 'not_found' ? [before.clientOrderId] : [],
    ),
  }
}

function report(account: AccountLabel, summary: ReconcileSummary, { telemetry }: ReconcileDeps): void {
  const { updated, mismatches, notFound, unavailable, deferred } = summary
  if (updated > 0) telemetry.count(METRICS.reconcileUpdates, updated, { account })
  for (const { clientOrderId, detail } of mismatches) {
    telemetry.record('error', 'the broker holds another order under our id', {
      account,
      clientOrderId,
      detail,
    })
  }
  for (const clientOrderId of notFound) {
    telemetry.record('warn', 'the broker does not find an open order', { account, clientOrderId })
  }
  if (deferred > 0) telemetry.record('info', 'reconcile is not through', { account, deferred, unavailable })
}
