/**
 * One message of the lane queue, from its text to its outcome (docs/architecture.md#lane).
 *
 * Invariants: a tick is a hint - whatever goes wrong is recorded, counted and acknowledged, and the next tick
 * catches up from the cursor; a tick that is too old is dropped, except one that was delivered before, whose
 * first run was killed.
 */
import { METRICS } from '../domain/metric-names.ts'
import type { LaneRun } from './lane-deps.ts'
import { runLane } from './run-lane.ts'
import { TorghutError } from '../domain/errors.ts'
import type { TickMessage } from '../domain/tick-message.ts'
import { plusSeconds } from '../domain/time.ts'
import type { ReconcileSummary } from '../orders/reconcile.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import { reconcileLane, type ReconcileLaneDeps } from './reconcile-lane.ts'
import { decodeTick } from '../formats/tick-codec.ts'

/** A tick that waited longer than this says nothing that a younger one does not say better. */
export const TICK_MAX_AGE_SECONDS = 300

export interface TickDelivery {
  readonly body: string
  /** 1 for the first delivery. */
  readonly receiveCount: number
}

export type TickOutcome =
  | { readonly kind: 'cycle'; readonly run: LaneRun }
  | { readonly kind: 'reconcile'; readonly summary: ReconcileSummary }
  | { readonly kind: 'too_old' }
  | { readonly kind: 'failed'; readonly reason: string }

/** Never throws. `wire` makes what a lane needs for the message's account. */
export async function handleTick(
  delivery: TickDelivery,
  telemetry: Telemetry,
  wire: (message: TickMessage) => Promise<ReconcileLaneDeps>,
): Promise<TickOutcome> {
  let account = 'unknown'
  try {
    const message = decodeTick(delivery.body)
    account = message.account.label
    const deps = await wire(message)
    const tooOldAfter = plusSeconds(message.tickAt, TICK_MAX_AGE_SECONDS)
    if (delivery.receiveCount <= 1 && tooOldAfter < deps.clock.now()) {
      telemetry.count(METRICS.laneTicksDropped, 1, { account })
      return { kind: 'too_old' }
    }
    if (message.kind === 'reconcile')
      return { kind: 'reconcile', summary: await reconcileLane(message, deps) }
    return { kind: 'cycle', run: await runLane(message, deps) }
  } catch (error) {
    telemetry.count(METRICS.laneCycleFailures, 1, { account })
    telemetry.record('error', 'the tick failed; the next one goes on from the cursor', { account }, error)
    return { kind: 'failed', reason: error instanceof TorghutError ? error.message : 'an unexpected fault' }
  }
}
