/**
 * Brings the open executions of an account up to date with the broker: settles the unsettled, refreshes the
 * open, looks absent ones up once more, applies stored updates that found no execution when they came
 * (docs/architecture.md#reconcile).
 *
 * Invariants: no lane version is ever committed from here; at most `maxRequests` broker requests; nothing
 * becomes final without the broker's evidence; an account with more open executions than requests gets
 * through all of them in turn.
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
import { settleExecution } from './settle.ts'

export interface ReconcileDeps extends OrderDeps {
  readonly events: OrderEventStore
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
  /** Left for the next time, for want of requests or of the broker. */
  readonly deferred: number
  /** Why the broker could not be asked, if so. */
  readonly unavailable: string | null
}

type Visit =
  OrderResult | { readonly kind: 'not_found' } | { readonly kind: 'unavailable'; readonly reason: string }

/** An absent order is given this long to show up before it is looked up once more, within the day. */
const RECHECK_AFTER_SECONDS = 600
/** A look-up, a POST and the look-up after its refusal. */
const SETTLE_REQUESTS = 3

/** One pass over what the index of open executions shows; safe to repeat and to run beside cycles. */
export async function reconcileAccount(
  account: AccountLabel,
  deps: ReconcileDeps,
  maxRequests: number,
): Promise<ReconcileSummary> {
  const open = await deps.executions.listOpen(account)
  const work = inTurn(open, deps.clock.now(), maxRequests)
  const visits: { readonly before: Execution; readonly visit: Visit }[] = []
  let requests = 0
  let unavailable: string | null = null
  let orders = deps
  for (const before of work) {
    const maySend = isUnsettled(before.state) && orders.withheld === null
    const cost = maySend ? SETTLE_REQUESTS : 1
    if (unavailable !== null || requests + cost > maxRequests) break
    requests += cost
    const visit = await visitExecution(before, orders)
    // the lane halts: what is left is looked up, and nothing more is sent
    if (visit.kind === 'mismatch') orders = { ...deps, withheld: 'lane_halted' }
    if (visit.kind === 'unavailable') unavailable = visit.reason
    else visits.push({ before, visit })
  }
  const summary = summarize(visits, work.length - visits.length, unavailable)
  report(account, summary, deps)
  return summary
}

/** Unsettled ones first, then the absent ones that are due, then the open ones, beginning where it is their turn. */
function inTurn(open: readonly Execution[], now: EpochMs, step: number): readonly Execution[] {
  const work = open.filter(isOpenWork)
  const unsettled = work.filter(({ state }) => isUnsettled(state))
  const absent = work.filter(({ state }) => state === 'absent')
  const due = absent.filter(({ updatedAt }) => plusSeconds(updatedAt, RECHECK_AFTER_SECONDS) <= now)
  const rest = work.filter(({ state }) => !isUnsettled(state) && state !== 'absent')
  const start = rest.length === 0 ? 0 : (Math.floor(now / 60_000) * step) % rest.length
  return [...unsettled, ...due, ...rest.slice(start), ...rest.slice(0, start)]
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
  deferred: number,
  unavailable: string | null,
): ReconcileSummary {
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
    deferred,
    unavailable,
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
