/**
 * One message of the lane queue, from its text to its outcome (docs/architecture.md#lane).
 *
 * Invariants: a tick is a hint - whatever goes wrong is recorded, counted and acknowledged, and the next tick
 * catches up from the cursor; a tick that is too old is dropped, except one that was delivered before, whose
 * first run was killed; a tick from the future is dropped, whoever sent it.
 */
import { METRICS } from '../domain/metric-names.ts'
import { TorghutError } from '../domain/errors.ts'
import { isFromFuture, type TickMessage } from '../domain/tick-message.ts'
import { plusSeconds, type EpochMs } from '../domain/time.ts'
import type { ReconcileSummary } from '../orders/reconcile.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import { decodeTick } from '../formats/tick-codec.ts'
import type { LaneDeps } from './lane-wiring.ts'
import { reconcileLane } from './reconcile-lane.ts'
import { runLane, type LaneRun } from './run-lane.ts'

/** A tick that waited longer than this says nothing that a younger one does not say better. */
export const TICK_MAX_AGE_SECONDS = 300

export interface TickDelivery {
  readonly body: string
  /** 1 for the first delivery. */
  readonly receiveCount: number
}

export type TickOutcome = { /** `unknown` when the message does not say. */ readonly account: string } & (
  | { readonly kind: 'cycle'; readonly run: LaneRun }
  | { readonly kind: 'reconcile'; readonly summary: ReconcileSummary }
  | { readonly kind: 'too_old' | 'from_future' }
  | { readonly kind: 'failed'; readonly reason: string }
)

/** Never throws. `wire` makes what a lane needs for the message. */
export async function handleTick(
  delivery: TickDelivery,
  telemetry: Telemetry,
  wire: (message: TickMessage) => LaneDeps,
): Promise<TickOutcome> {
  let account = 'unknown'
  try {
    const message = decodeTick(delivery.body)
    account = message.account.label
    const deps = wire(message)
    const dropped = whyDropped(message, delivery, deps.clock.now())
    if (dropped !== null) {
      telemetry.count(METRICS.laneTicksDropped, 1, { account, reason: dropped })
      return { account, kind: dropped }
    }
    return message.kind === 'reconcile'
      ? { account, kind: 'reconcile', summary: await reconcileLane(message, deps) }
      : { account, kind: 'cycle', run: await runLane(message, deps) }
  } catch (error) {
    telemetry.count(METRICS.laneCycleFailures, 1, { account })
    telemetry.record('error', 'the tick failed; the next one goes on from the cursor', { account }, error)
    const reason = error instanceof TorghutError ? error.message : 'an unexpected fault'
    return { account, kind: 'failed', reason }
  }
}

function whyDropped(
  { tickAt }: TickMessage,
  { receiveCount }: TickDelivery,
  now: EpochMs,
): 'too_old' | 'from_future' | null {
  if (isFromFuture(tickAt, now)) return 'from_future'
  const isFirst = receiveCount <= 1
  return isFirst && plusSeconds(tickAt, TICK_MAX_AGE_SECONDS) < now ? 'too_old' : null
}
