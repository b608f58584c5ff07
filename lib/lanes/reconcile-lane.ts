/**
 * A `reconcile` message (docs/architecture.md#reconcile): settle, refresh, cancel - never a commit. Lanes that
 * are not
 * admitted get nothing else.
 */
import { parseSettings } from '../flags/parse-settings.ts'
import { openAccountSession } from './account-session.ts'
import { cancelOpenOrders } from './cancel-open-orders.ts'
import type { LaneDeps } from './lane-deps.ts'
import type { TickMessage } from '../domain/tick-message.ts'
import { reconcileAccount, type ReconcileSummary } from '../orders/reconcile.ts'
import type { OrderEventStore } from '../ports/order-event-store.ts'

/** Leaves the rest of an invocation's 60 broker requests to cancelling. */
const RECONCILE_REQUESTS = 40

export interface ReconcileLaneDeps extends LaneDeps {
  readonly orderEvents: OrderEventStore
}

/** @throws UnavailableError when state, flags or credentials cannot be read. */
export async function reconcileLane(
  message: TickMessage,
  deps: ReconcileLaneDeps,
): Promise<ReconcileSummary> {
  const settings = parseSettings(message.settings)
  const { label } = message.account
  const session = openAccountSession(message.account, settings, deps)
  if (message.killSwitchOn) {
    await cancelOpenOrders(await session.broker(), label, settings.killSwitchCancel, deps.telemetry)
  }
  const orders = await session.orders()
  const summary = await reconcileAccount(label, { ...orders, events: deps.orderEvents }, RECONCILE_REQUESTS)
  const [mismatch] = summary.mismatches
  if (mismatch !== undefined) {
    const reason = `the broker holds another order under ${mismatch.clientOrderId}: ${mismatch.detail}`
    await deps.lanes.halt(label, settings.signalSource, reason)
  }
  return summary
}
