/**
 * Brings an account's books in line with the broker's (docs/architecture.md#reconcile): executions that are open or
 * unsettled, orders that have no execution, and updates of orders that nobody knew.
 *
 * Invariants: no lane version is ever committed from here; nothing is begun without room for it; nothing becomes
 * final without the broker's evidence; an account with more open executions than there is room for gets through all
 * of them in turn, each pass beginning behind the one that the last pass looked at last; once the broker stands still, two
 * passes with room for all of it leave nothing that differs.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { isOpenWork, isUnsettled } from '../domain/execution.ts'
import type { ClientOrderId } from '../domain/ids.ts'
import { METRICS } from '../domain/metric-names.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Broker } from '../ports/broker.ts'
import { reviewParkedOrders } from './parked-orders.ts'
import type { ResolveDeps } from './resolve-order.ts'
import { sweepOrders } from './sweep.ts'
import { refreshedInTurn, visitExecutions, type Visited } from './visit-executions.ts'

/** Where a pass begins and how far it may go. */
export interface ReconcileTurn {
  /** The last open execution that was looked at before; null: none was. */
  readonly resumeAfter: ClientOrderId | null
  /** Up to when the broker's orders were gone through before; null: never. */
  readonly sweptTo: EpochMs | null
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
  /** Orders of ours that had no execution and have one now. */
  readonly backfilled: readonly ClientOrderId[]
  /** Orders that were found to be none of ours. */
  readonly external: number
  /** Orders whose updates waited for somebody to know them. */
  readonly adopted: number
  /** What this pass found different at the broker; 0 where nothing has changed since the last one. */
  readonly drift: number
  /** The broker holds another order under our id: the lane must halt. */
  readonly mismatches: readonly Mismatch[]
  /** Open ones that the broker does not find; they stay as they are. */
  readonly notFound: readonly ClientOrderId[]
  /** Left for the next time, for want of requests, of time or of the broker. */
  readonly deferred: number
  /** The last open execution that was looked at; the next pass begins behind it. Null: none was. */
  readonly lookedAtLast: ClientOrderId | null
  /** Where the next pass goes on in the broker's list. */
  readonly sweptTo: EpochMs | null
  /** Why the broker could not be asked, if so. */
  readonly unavailable: string | null
}

interface Mismatch {
  readonly clientOrderId: ClientOrderId
  readonly detail: string
}

/** One pass; safe to repeat and to run beside cycles. `broker`: the account's, at its present target. */
export async function reconcileAccount(
  account: AccountLabel,
  broker: Broker,
  deps: ResolveDeps,
  turn: ReconcileTurn,
): Promise<ReconcileSummary> {
  const hasRoomFor = (requests: number) => turn.hasRoomFor(requests)
  const work = (await deps.executions.listOpen(account)).filter(isOpenWork)
  const unsettled = work.filter(({ state }) => isUnsettled(state))
  const refreshed = refreshedInTurn(work, deps.clock.now(), turn.resumeAfter)
  const settling = await visitExecutions(unsettled, deps, hasRoomFor)
  // what is left unsettled for want of room comes first with the next pass
  const isSettled = settling.visited.length === unsettled.length
  const hasRoom = () => isSettled && hasRoomFor(1)
  const sweep = await sweepOrders(account, broker, { sweptTo: turn.sweptTo, hasRoom }, deps)
  const { sweptTo } = sweep
  let unavailable = settling.unavailable ?? sweep.unavailable
  const parked = await reviewParkedOrders(
    { account, broker, sweptTo, hasRoom: () => unavailable === null && hasRoom() },
    deps,
  )
  unavailable ??= parked.unavailable
  const refreshing =
    unavailable === null && isSettled
      ? await visitExecutions(refreshed, deps, hasRoomFor)
      : { visited: [], lookedAtLast: null, unavailable }
  const visits = [...settling.visited, ...refreshing.visited]
  const found = summarize(visits, [...sweep.found, ...parked.reviews])
  const summary = {
    ...found,
    deferred: unsettled.length + refreshed.length - visits.length,
    lookedAtLast: refreshing.lookedAtLast,
    sweptTo,
    unavailable: refreshing.unavailable,
  }
  report(account, summary, deps)
  return summary
}

type Found =
  | { readonly kind: 'backfilled' | 'reopened'; readonly clientOrderId: ClientOrderId }
  | { readonly kind: 'external'; readonly isNew: boolean }
  | ({ readonly kind: 'mismatch' } & Mismatch)
  | { readonly kind: 'known' | 'adopted' | 'waits' }

function summarize(
  visits: readonly Visited[],
  found: readonly Found[],
): Omit<ReconcileSummary, 'deferred' | 'lookedAtLast' | 'sweptTo' | 'unavailable'> {
  const stored = visits.flatMap(({ before, visit }) =>
    visit.kind === 'settled' || visit.kind === 'unsettled' ? [{ before, after: visit.execution }] : [],
  )
  const updated = stored.filter(({ before, after }) => after.revision !== before.revision).length
  const reopened = stored.filter(({ before, after }) => before.state === 'absent' && after.state !== 'absent')
  const named = (kind: 'backfilled' | 'reopened') =>
    found.flatMap((one) => (one.kind === kind ? [one.clientOrderId] : []))
  const backfilled = named('backfilled')
  const external = found.filter((one) => one.kind === 'external' && one.isNew).length
  const adopted = found.filter(({ kind }) => kind === 'adopted').length
  return {
    visited: visits.length,
    updated,
    reopened: [...reopened.map(({ after }) => after.clientOrderId), ...named('reopened')],
    backfilled,
    external,
    adopted,
    drift: updated + backfilled.length + named('reopened').length + external + adopted,
    mismatches: [
      ...visits.flatMap(({ before: { clientOrderId }, visit }) =>
        visit.kind === 'mismatch' ? [{ clientOrderId, detail: visit.detail }] : [],
      ),
      ...found.flatMap((one) => (one.kind === 'mismatch' ? [one] : [])),
    ],
    notFound: visits.flatMap(({ before, visit }) =>
      visit.kind === 'not_found' ? [before.clientOrderId] : [],
    ),
  }
}

function report(account: AccountLabel, summary: ReconcileSummary, { telemetry }: ResolveDeps): void {
  const { drift, mismatches, notFound, unavailable, deferred } = summary
  if (drift > 0) telemetry.count(METRICS.reconcileUpdates, drift, { account })
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
