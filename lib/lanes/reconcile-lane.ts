/**
 * A `reconcile` message (docs/architecture.md#reconcile): settle, refresh, cancel - never a commit. Lanes that
 * are not admitted get nothing else.
 *
 * Invariant: a lane that is halted, or held back, sends nothing from here; look-ups and cancelling go on.
 */
import type { Lane } from '../domain/lane.ts'
import type { TickMessage } from '../domain/tick-message.ts'
import { reconcileAccount, type ReconcileSummary } from '../orders/reconcile.ts'
import { cancelOpenOrders } from './cancel-open-orders.ts'
import type { LaneDeps } from './lane-wiring.ts'

/** Leaves the rest of an invocation's 60 broker requests to cancelling. */
const RECONCILE_REQUESTS = 40

/** @throws UnavailableError when state, flags or credentials cannot be read. */
export async function reconcileLane(
  { account: { label }, killSwitchOn }: TickMessage,
  deps: LaneDeps,
): Promise<ReconcileSummary> {
  const { killSwitchCancel, signalSource } = deps.settings
  if (killSwitchOn) await cancelOpenOrders(await deps.broker(), label, killSwitchCancel, deps.telemetry)
  const lane = await deps.lanes.readLane(label, signalSource)
  const connected = await deps.orders()
  const orders = isHalted(lane) ? { ...connected, withheld: 'lane_halted' as const } : connected
  const summary = await reconcileAccount(label, { ...orders, events: deps.orderEvents }, RECONCILE_REQUESTS)
  const [mismatch] = summary.mismatches
  if (mismatch !== undefined) {
    const reason = `the broker holds another order under ${mismatch.clientOrderId}: ${mismatch.detail}`
    await deps.lanes.halt(label, signalSource, reason)
  }
  return summary
}

function isHalted(lane: Lane | null): boolean {
  return lane !== null && lane.halted !== null
}
