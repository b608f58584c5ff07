/**
 * A lane's run for one tick: flags, kill switch, settling, then cycles until the log is drained or most of the
 * time is used (docs/architecture.md#lane).
 *
 * Invariants:
 * - an idle run makes two state reads and calls no broker;
 * - a halted lane sends nothing; cancelling goes on;
 * - a tick after signals waits no longer once its run has begun, before the log is read; it is not idle below the
 *   position that it names;
 * - faults end as values here: they cost this lane its cycle, never another's.
 */
import { METRICS } from '../domain/metric-names.ts'
import { StateError, UnavailableError } from '../domain/errors.ts'
import type { Execution } from '../domain/execution.ts'
import { type Lane, newLane } from '../domain/lane.ts'
import type { LogPosition } from '../domain/signal.ts'
import type { TickMessage } from '../domain/tick-message.ts'
import { cancelOpenOrders } from './cancel-open-orders.ts'
import { settleInTime } from './carry-out.ts'
import type { TimeBudget } from './invocation.ts'
import type { LaneDeps } from './lane-wiring.ts'
import { allowRequests, noteRequests } from './request-count.ts'
import { runCycle, type LaneStanding } from './run-cycle.ts'

/** The share of an invocation after which no further cycle is begun. */
const NEW_CYCLE_SHARE = 0.6

/** After so long the log is read again where it does not show what a tick after signals names. */
const READ_AGAIN_AFTER_MS = [200, 800]

/** What a run of a lane came to. */
export type LaneRun =
  /** Nothing to do, nothing written. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'done'; readonly cycles: number; readonly signals: number; readonly unsettled: number }
  /** The log does not show what the tick after signals was sent for, however often it was read; the next tick goes on. */
  | ({ readonly kind: 'behind'; readonly cursor: number; readonly reason: string } & LogPosition)
  /** Stopped in a sealed cycle because time ran out; the next tick finishes it. */
  | { readonly kind: 'out_of_time'; readonly cycles: number }
  /** The account has no broker request left in this minute, or this invocation; the next tick goes on. */
  | { readonly kind: 'out_of_requests'; readonly cycles: number }
  /** Another invocation committed first. */
  | { readonly kind: 'superseded'; readonly cycles: number }
  /** An operator is needed. */
  | { readonly kind: 'halted'; readonly reason: string }
  /** A plugin did not come back, and planning was stopped. */
  | { readonly kind: 'interrupted'; readonly strategyId: string | null }
  /** State or broker could not be reached; the next tick catches up. */
  | { readonly kind: 'retryable'; readonly reason: string }

const FAILURES: ReadonlySet<LaneRun['kind']> = new Set(['retryable', 'interrupted', 'behind'])

/** Runs one account's lane for a tick. @throws TorghutError for faults that another tick would not mend. */
export async function runLane(message: TickMessage, deps: LaneDeps): Promise<LaneRun> {
  const { telemetry, clock } = deps
  const properties = { account: message.account.label }
  telemetry.measure(METRICS.laneCycleAge, (clock.now() - message.tickAt) / 1000, properties)
  let outcome: LaneRun
  try {
    const lane = await readAsItBegins(message, deps)
    try {
      outcome = await runFrom(lane, message, deps)
    } finally {
      if (deps.requests.uncounted > 0) await noteRequests(lane, deps)
    }
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    telemetry.record('error', 'the cycle could not be finished; the next tick goes on', properties, error)
    outcome = { kind: 'retryable', reason: error.message }
  }
  const metric = FAILURES.has(outcome.kind) ? METRICS.laneCycleFailures : METRICS.laneCycles
  telemetry.count(metric, 1, { account: properties.account, outcome: outcome.kind })
  return outcome
}

function readAsItBegins(message: TickMessage, deps: LaneDeps): Promise<Lane> {
  const { account, upTo } = message
  const reading = readOrCreateLane(message, deps)
  if (upTo === null) return reading
  return Promise.all([reading, deps.waitingTicks.begun(account.label, upTo)]).then(([lane]) => lane)
}

async function runFrom(lane: Lane, message: TickMessage, deps: LaneDeps): Promise<LaneRun> {
  const { account, killSwitchOn } = message
  if (killSwitchOn) {
    allowRequests(lane, 'cancelling', deps)
    await cancelOpenOrders(await deps.broker(), account.label, deps.settings.killSwitchCancel, deps)
  }
  allowRequests(lane, 'work', deps)
  if (lane.halted !== null) return halted(message, deps, lane.halted)
  const settled = lane.unsettled.length === 0 ? NOTHING_UNSETTLED : await settleAll(lane, deps)
  if (settled.kind === 'mismatch') return halt(message, deps, settled.detail)

  let standing: LaneStanding = { lane, unsettled: settled.unsettled }
  let cycles = 0
  let drained = false
  let again = 0
  while (!drained && (cycles === 0 || hasTimeForAnother(deps.time))) {
    const cycle = await runCycle(message, standing, deps)
    if (cycle.kind === 'quiet') {
      const behind = behindOf(message, standing.lane)
      if (behind === null) break
      const pause = READ_AGAIN_AFTER_MS[again]
      again += 1
      if (pause === undefined) return toldOf(behind, message, deps)
      await deps.time.pause?.(pause)
      continue
    }
    if (cycle.kind === 'mismatch') return halt(message, deps, cycle.detail)
    if (cycle.kind === 'plan_interrupted') return interrupted(message, deps, cycle.strategyId)
    if (cycle.kind === 'not_sealed') return halted(message, deps, cycle.reason)
    if (cycle.kind !== 'committed') return { kind: cycle.kind, cycles }
    standing = cycle
    drained = cycle.drained
    cycles += 1
  }
  const worked = cycles > 0 || standing.lane.unsettled.length > 0 || killSwitchOn
  if (!worked) return { kind: 'idle' }
  const signals = standing.lane.cursor - lane.cursor
  return { kind: 'done', cycles, signals, unsettled: standing.unsettled.length }
}

/** What a lane that sees no signals still lacks of what its tick names; null when it lacks nothing. */
function behindOf(
  { upTo }: TickMessage,
  { source, cursor }: Lane,
): Extract<LaneRun, { kind: 'behind' }> | null {
  if (upTo === null || upTo.source !== source || upTo.position <= cursor) return null
  const reason = `the log of ${source} shows nothing after ${cursor}, the tick names ${upTo.position}`
  return { kind: 'behind', ...upTo, cursor, reason }
}

function toldOf(
  behind: LaneRun & { readonly reason: string },
  message: TickMessage,
  { telemetry }: LaneDeps,
): LaneRun {
  telemetry.record('error', 'signals are not there; the next tick goes on', {
    account: message.account.label,
    reason: behind.reason,
  })
  return behind
}

function hasTimeForAnother(time: TimeBudget): boolean {
  return time.remainingMs() >= time.totalMs * (1 - NEW_CYCLE_SHARE)
}

async function readOrCreateLane(
  { account: { label } }: TickMessage,
  { lane, lanes, signals, settings: { signalSource, signalStart } }: LaneDeps,
): Promise<Lane> {
  const stored = await lane()
  if (stored !== null) return stored
  const cursor = signalStart === 'latest' ? await signals.end(signalSource) : 0
  return lanes.createLane(newLane(label, signalSource, cursor))
}

const NOTHING_UNSETTLED: SettleAllResult = Object.freeze({ kind: 'settled', unsettled: [] })

type SettleAllResult =
  | { readonly kind: 'settled'; readonly unsettled: readonly Execution[] }
  | { readonly kind: 'mismatch'; readonly detail: string }

async function settleAll(lane: Lane, deps: LaneDeps): Promise<SettleAllResult> {
  const unsettled: Execution[] = []
  for (const id of lane.unsettled) {
    const execution = await deps.executions.readExecution(lane.accountLabel, id)
    if (execution === null) {
      throw new StateError(`lane ${lane.accountLabel} names execution ${id}, which is gone`)
    }
    const result = await settleInTime(execution, () => deps.orders(), deps)
    if (result.kind === 'mismatch') return { kind: 'mismatch', detail: `${id}: ${result.detail}` }
    if (result.kind === 'unsettled') unsettled.push(result.execution)
  }
  return { kind: 'settled', unsettled }
}

function interrupted(
  { account: { label: account } }: TickMessage,
  { telemetry }: LaneDeps,
  strategyId: string | null,
): LaneRun {
  telemetry.record('error', 'a strategy did not come back: planning was stopped', {
    account,
    strategy_id: strategyId,
  })
  return { kind: 'interrupted', strategyId }
}

async function halt(message: TickMessage, deps: LaneDeps, detail: string): Promise<LaneRun> {
  const reason = `the broker holds another order under our client order id: ${detail}`
  await deps.lanes.halt(message.account.label, deps.settings.signalSource, reason)
  return halted(message, deps, reason)
}

function halted(
  { account: { label: account } }: TickMessage,
  { telemetry }: LaneDeps,
  reason: string,
): LaneRun {
  telemetry.count(METRICS.laneHalts, 1, { account })
  telemetry.record('error', 'the lane is halted and needs an operator', { account, reason })
  return { kind: 'halted', reason }
}
