/**
 * A `reconcile` message (docs/architecture.md#reconcile): settle, refresh, cancel - never a commit. Lanes that
 * are not admitted get nothing else.
 *
 * A lane that is halted, or held back, sends nothing from here either, as the order firewall and the message say;
 * look-ups and cancelling go on.
 */
import type { Lane } from '../domain/lane.ts'
import type { TickMessage } from '../domain/tick-message.ts'
import { reconcileAccount, type ReconcileSummary } from '../orders/reconcile.ts'
import { cancelOpenOrders } from './cancel-open-orders.ts'
import type { LaneDeps } from './lane-wiring.ts'
import { allowRequests, hasRoomFor, noteRequests } from './request-count.ts'

/** Leaves the rest of an invocation's 60 broker requests to others of the same minute. */
const RECONCILE_REQUESTS = 40

/** @throws UnavailableError when state, flags or credentials cannot be read. */
export async function reconcileLane(message: TickMessage, deps: LaneDeps): Promise<ReconcileSummary> {
  const lane = await deps.lane()
  let stands: Parameters<typeof noteRequests>[2] = {}
  try {
    const summary = await reconcileWith(lane, message, deps)
    stands = { reconciledTo: summary.lookedAtLast, sweptTo: summary.sweptTo }
    return summary
  } finally {
    if (lane !== null) await noteRequests(lane, deps, stands)
  }
}

async function reconcileWith(
  lane: Lane | null,
  { account: { label }, killSwitchOn }: TickMessage,
  deps: LaneDeps,
): Promise<ReconcileSummary> {
  const { killSwitchCancel, signalSource } = deps.settings
  if (killSwitchOn) {
    if (lane !== null) allowRequests(lane, 'cancelling', deps)
    await cancelOpenOrders(await deps.broker(), label, killSwitchCancel, deps)
  }
  if (lane !== null) allowRequests(lane, 'work', deps)
  const orders = await deps.orders()
  const most = deps.requests.spent + RECONCILE_REQUESTS
  const summary = await reconcileAccount(
    label,
    await deps.broker(),
    { ...orders, unmatched: deps.unmatchedOrders },
    {
      resumeAfter: lane?.notes.reconciledTo ?? null,
      sweptTo: lane?.notes.sweptTo ?? null,
      hasRoomFor: (requests) => deps.requests.spent + requests <= most && hasRoomFor(requests, deps),
    },
  )
  const [mismatch] = summary.mismatches
  if (mismatch !== undefined) {
    const reason = `the broker holds another order under ${mismatch.clientOrderId}: ${mismatch.detail}`
    await deps.lanes.halt(label, signalSource, reason)
  }
  return summary
}
