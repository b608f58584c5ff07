/**
 * Cancelling while the kill switch is on (docs/architecture.md#order-firewall): our open orders of the account,
 * or everybody's with `TRADING_KILL_SWITCH_CANCEL=all`, by one request.
 *
 * Invariants: it needs open orders only, neither account nor positions; it stops when requests or time run out, and
 * the next tick goes on; what the broker says of an order that it cancelled is recorded at once, and only that.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { UnavailableError } from '../domain/errors.ts'
import { isUnsettled } from '../domain/execution.ts'
import { isOurs } from '../domain/ids.ts'
import { METRICS } from '../domain/metric-names.ts'
import { asEpochMs, type EpochMs } from '../domain/time.ts'
import { adoptOrder } from '../orders/record-change.ts'
import type { Broker } from '../ports/broker.ts'
import type { LaneDeps } from './lane-wiring.ts'
import { hasRoomFor } from './request-count.ts'

export type CancelDeps = Pick<
  LaneDeps,
  'executions' | 'orderEvents' | 'clock' | 'telemetry' | 'time' | 'requests'
>

/** The broker's clock and ours may differ by so much. */
const CLOCK_MARGIN_MS = 60_000

/**
 * Returns how many orders the broker took the cancelling of.
 * @throws BrokerUnavailableError when open orders cannot be read.
 */
export async function cancelOpenOrders(
  broker: Broker,
  account: AccountLabel,
  whose: 'own' | 'all',
  deps: CancelDeps,
): Promise<number> {
  if (!hasRoomFor(1, deps)) {
    deps.telemetry.record('warn', 'kill switch: open orders are cancelled with the next tick', { account })
    return 0
  }
  const cancelled = await (whose === 'all'
    ? cancelAll(broker, account, deps)
    : cancelOwn(broker, account, deps))
  deps.telemetry.count(METRICS.ordersCancelled, cancelled, { account })
  await recordEnds(broker, account, deps).catch((error: unknown) => {
    if (!(error instanceof UnavailableError)) throw error
    // the order feed and reconcile tell of them later
    deps.telemetry.record('warn', 'what became of cancelled orders is not known yet', { account }, error)
  })
  return cancelled
}

async function cancelAll(broker: Broker, account: AccountLabel, { telemetry }: CancelDeps): Promise<number> {
  const answer = await broker.cancelAll()
  const failed = answer.kind === 'unavailable' || answer.refused > 0
  telemetry.record(failed ? 'warn' : 'info', 'kill switch: cancelling all open orders', {
    account,
    ...answer,
  })
  return answer.kind === 'cancelled' ? answer.cancelled : 0
}

async function cancelOwn(broker: Broker, account: AccountLabel, deps: CancelDeps): Promise<number> {
  const { telemetry } = deps
  const ours = (await broker.openOrders()).filter(({ clientOrderId }) => isOurs(clientOrderId))
  let cancelled = 0
  for (const [index, order] of ours.entries()) {
    if (!hasRoomFor(1, deps)) {
      const left = ours.length - index
      telemetry.record('warn', 'kill switch: the rest is cancelled with the next tick', { account, left })
      break
    }
    const answer = await broker.cancel(order.alpacaOrderId)
    if (answer.kind === 'cancelled') cancelled += 1
    telemetry.record(
      answer.kind === 'unavailable' ? 'warn' : 'info',
      'kill switch: cancelling an open order',
      { account, client_order_id: order.clientOrderId, answer: answer.kind },
    )
  }
  return cancelled
}

/** Records the ends of orders that were open as far as we know, as one request tells of them. */
async function recordEnds(broker: Broker, account: AccountLabel, deps: CancelDeps): Promise<void> {
  const known = (await deps.executions.listOpen(account)).filter(
    ({ state, brokerTarget }) =>
      !isUnsettled(state) && state !== 'absent' && brokerTarget.baseUrl === broker.target.baseUrl,
  )
  if (known.length === 0 || !hasRoomFor(1, deps)) return
  const ended = await broker.finalOrders(sentBefore(known.map(({ createdAt }) => createdAt)))
  const byId = new Map(ended.map((order) => [order.clientOrderId, order]))
  for (const execution of known) {
    const order = byId.get(execution.clientOrderId)
    // reconcile halts the lane over an order that is not the execution's
    if (order !== undefined) await adoptOrder({ ...deps, events: deps.orderEvents }, execution, order)
  }
}

function sentBefore(created: readonly EpochMs[]): EpochMs {
  return asEpochMs(Math.min(...created) - CLOCK_MARGIN_MS)
}
