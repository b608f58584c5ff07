/**
 * One message of the lane queue, from its text, or as it is, to its outcome (docs/architecture.md#lane).
 *
 * Invariants: a tick is a hint - whatever goes wrong is recorded, counted and acknowledged, and the next tick
 * catches up from the cursor; a tick that is too old is dropped, except one that was delivered before, whose
 * first run was killed; a tick from the future is dropped, whoever sent it; one that was delivered before, or waited
 * longer than a minute, is run under the catalog and the flags of now, and no other one reads them.
 */
import { METRICS } from '../domain/metric-names.ts'
import { TorghutError } from '../domain/errors.ts'
import { isFromFuture, type TickMessage } from '../domain/tick-message.ts'
import { plusSeconds, type EpochMs } from '../domain/time.ts'
import type { ReconcileSummary } from '../orders/reconcile.ts'
import { decodeTick } from '../formats/tick-codec.ts'
import type { LaneDeps, LanePorts } from './lane-wiring.ts'
import { presentTick, type PresentTickDeps } from './present-tick.ts'
import { reconcileLane } from './reconcile-lane.ts'
import { runLane, type LaneRun } from './run-lane.ts'

/** A tick that waited longer than this says nothing that a younger one does not say better. */
export const TICK_MAX_AGE_SECONDS = 300

/** A tick that waited longer than this is run under the catalog and flags of now. */
const DATED_AFTER_SECONDS = 60

interface Delivered {
  /** 1 for the first delivery. */
  readonly receiveCount: number
}

export interface TickDelivery extends Delivered {
  readonly body: string
}

/** As it is handed over within one process, where there is no text. */
export interface MessageDelivery extends Delivered {
  readonly message: TickMessage
}

export type TickOutcome = { /** `unknown` when the message does not say. */ readonly account: string } & (
  | { readonly kind: 'cycle'; readonly run: LaneRun }
  | { readonly kind: 'reconcile'; readonly summary: ReconcileSummary }
  | { readonly kind: 'too_old' | 'from_future' }
  | { readonly kind: 'failed'; readonly reason: string }
)

/** What ticks are handled with, before they are wired. */
export interface TickPorts extends Pick<LanePorts, 'clock' | 'telemetry'>, PresentTickDeps {}

/** Never throws. `wire` makes what a lane needs for the message. */
export async function handleTick(
  { body, receiveCount }: TickDelivery,
  ports: TickPorts,
  wire: (message: TickMessage) => LaneDeps,
): Promise<TickOutcome> {
  let message: TickMessage
  try {
    message = decodeTick(body)
  } catch (error) {
    return failed('unknown', error, ports)
  }
  return handleMessage({ message, receiveCount }, ports, wire)
}

/** As `handleTick`. */
export async function handleMessage(
  delivery: MessageDelivery,
  ports: TickPorts,
  wire: (message: TickMessage) => LaneDeps,
): Promise<TickOutcome> {
  const { clock, telemetry } = ports
  const { message: sent } = delivery
  const account = sent.account.label
  try {
    const dropped = whyDropped(sent, delivery, clock.now())
    if (dropped !== null) {
      telemetry.count(METRICS.laneTicksDropped, 1, { account, reason: dropped })
      return { account, kind: dropped }
    }
    const message = isDated(sent, delivery, clock.now()) ? await presentTick(sent, ports) : sent
    const deps = wire(message)
    return message.kind === 'reconcile'
      ? { account, kind: 'reconcile', summary: await reconcileLane(message, deps) }
      : { account, kind: 'cycle', run: await runLane(message, deps) }
  } catch (error) {
    return failed(account, error, ports)
  }
}

function failed(account: string, error: unknown, { telemetry }: Pick<TickPorts, 'telemetry'>): TickOutcome {
  telemetry.count(METRICS.laneCycleFailures, 1, { account })
  telemetry.record('error', 'the tick failed; the next one goes on from the cursor', { account }, error)
  const reason = error instanceof TorghutError ? error.message : 'an unexpected fault'
  return { account, kind: 'failed', reason }
}

/** Whether what the tick says may have been mended since: it killed a run, or waited behind one. */
function isDated({ tickAt }: TickMessage, { receiveCount }: Delivered, now: EpochMs): boolean {
  return receiveCount > 1 || plusSeconds(tickAt, DATED_AFTER_SECONDS) < now
}

function whyDropped(
  { tickAt }: TickMessage,
  { receiveCount }: Delivered,
  now: EpochMs,
): 'too_old' | 'from_future' | null {
  if (isFromFuture(tickAt, now)) return 'from_future'
  const isFirst = receiveCount <= 1
  return isFirst && plusSeconds(tickAt, TICK_MAX_AGE_SECONDS) < now ? 'too_old' : null
}
