/**
 * One cycle of a lane: read, plan, seal, carry out, commit (docs/architecture.md#cycle).
 *
 * Invariants:
 * - without signals and without news of an unsettled order nothing is written and no broker is called;
 * - the cursor moves only with a sealed plan that has an outcome for each signal it passes;
 * - the lane's time never goes back, and never ahead of the clock;
 * - the lane version rises by exactly 1 per commit, and only a sealed cycle commits.
 */
import { StateError } from '../domain/errors.ts'
import type { Execution } from '../domain/execution.ts'
import type { ClientOrderId } from '../domain/ids.ts'
import type { Lane } from '../domain/lane.ts'
import { METRICS } from '../domain/metric-names.ts'
import { PLAN_SCHEMA, unknownPlanReason, type CycleRecord } from '../domain/plan.ts'
import type { SignalBatch } from '../domain/signal.ts'
import { isFromFuture, type TickMessage } from '../domain/tick-message.ts'
import type { EpochMs } from '../domain/time.ts'
import { accountStrategies } from '../plan/account-strategies.ts'
import type { CycleInputs } from '../plan/cycle-inputs.ts'
import { decidingPath } from '../plan/plan-intents.ts'
import { NO_WINDOWS } from '../strategy/history.ts'
import { type CarryOutResult, carryOut } from './carry-out.ts'
import type { LaneDeps } from './lane-wiring.ts'
import { committedRequests, hasRoomFor } from './request-count.ts'
import type { InterruptedPlan } from './plan-in-time.ts'
import { sealPlan, type SealedCycle } from './seal.ts'

/** A lane as the last commit left it, with its unsettled executions as they are now. */
export interface LaneStanding {
  readonly lane: Lane
  readonly unsettled: readonly Execution[]
}

export type CycleOutcome =
  | ({ readonly kind: 'committed'; readonly drained: boolean } & LaneStanding)
  /** There was nothing to do. */
  | { readonly kind: 'quiet' }
  /** Time ran out in a sealed cycle; the next tick finishes it. */
  | { readonly kind: 'out_of_time' }
  /** The invocation has no broker request left for what comes next. */
  | { readonly kind: 'out_of_requests' }
  /** Another invocation committed first. */
  | { readonly kind: 'superseded' }
  /** The broker holds another order under our id. */
  | { readonly kind: 'mismatch'; readonly detail: string }
  /** Planning was stopped: a plugin did not come back. */
  | InterruptedPlan
  /** What is sealed cannot be read by this version of the code, or the plan cannot be sealed. */
  | { readonly kind: 'not_sealed'; readonly reason: string }

/** Open orders, then account and positions at once: three requests, in the time of two. */
const SNAPSHOT_REQUESTS = 3
const SNAPSHOT_TURNS = 2

const NO_IDS: readonly ClientOrderId[] = Object.freeze([])
const NOTHING_TO_CARRY_OUT: CarryOutResult = Object.freeze({ kind: 'carried_out', unsettled: [] })

/** Runs the lane's next cycle. @throws UnavailableError when state or broker cannot be reached */
export async function runCycle(
  message: TickMessage,
  { lane, unsettled }: LaneStanding,
  deps: LaneDeps,
): Promise<CycleOutcome> {
  const { signalSource, signalBatchSize } = deps.settings
  const { cursor } = lane
  const now = deps.clock.now()
  // a tick after signals is there before the log shows them everywhere
  const isAfterSignals = message.upTo !== null
  const batch = await deps.signals.readAfter(signalSource, cursor, signalBatchSize, now, isAfterSignals)
  const quiet = batch.signals.length === 0 && batch.expired === null
  if (quiet && unsettled.length === lane.unsettled.length) return { kind: 'quiet' }

  if (deps.requests.left <= SNAPSHOT_REQUESTS) return { kind: 'out_of_requests' }
  if (!hasRoomFor(SNAPSHOT_TURNS, deps)) return { kind: 'out_of_time' }
  const sealed = await seal(await inputsOf(message, { lane, unsettled }, batch, deps), deps)
  if (sealed.kind !== 'sealed') return sealed
  const { record, resumed } = sealed
  const { plan } = record

  const carried =
    plan.decisions.length === 0
      ? NOTHING_TO_CARRY_OUT
      : await carryOut({ decisions: plan.decisions, resumed }, await deps.orders(), deps)
  if (carried.kind === 'out_of_time' && resumed) tellOfStall(lane, deps)
  if (carried.kind !== 'carried_out') return carried

  const open = merge(unsettled, carried.unsettled)
  const next = nextLane(lane, record, open, deps)
  const committed = await deps.lanes.commit(next)
  if (committed.kind === 'superseded') return { kind: 'superseded' }
  deps.requests.markCounted(deps.requests.uncounted)
  for (const { metric, count, properties } of plan.observations) {
    deps.telemetry.count(metric, count, properties)
  }
  // a batch that retention has thinned out tells nothing of what is above it
  const drained =
    batch.expired === null &&
    plan.nextCursor >= (batch.signals.at(-1)?.position ?? 0) &&
    batch.signals.length < signalBatchSize
  return { kind: 'committed', lane: next, unsettled: open, drained }
}

async function inputsOf(
  { tickAt, account, killSwitchOn, settings: rawSettings }: TickMessage,
  { lane, unsettled }: LaneStanding,
  batch: SignalBatch,
  deps: LaneDeps,
): Promise<CycleInputs> {
  const { settings, calendar, codeVersion } = deps
  const strategies = await deps.strategies()
  const traded = accountStrategies(strategies, account).compiled
  const history =
    decidingPath(settings) === 'legacy'
      ? NO_WINDOWS
      : await deps.windows.before(batch, traded, deps.clock.now())
  const snapshot = await (await deps.broker()).snapshot()
  if (snapshot.unreadableOrders.length > 0) {
    deps.telemetry.record('warn', 'open orders of others cannot be read and are left out', {
      account: account.label,
      orders: snapshot.unreadableOrders.join(' '),
    })
  }
  return {
    tickAt: later(tickAt, lastTickOf(lane, deps.clock.now())),
    lane,
    batch,
    history,
    strategies,
    settings,
    rawSettings,
    account,
    killSwitchOn,
    snapshot,
    unsettled,
    calendar,
    codeVersion,
    timedOut: null,
  }
}

async function seal(inputs: CycleInputs, deps: LaneDeps): Promise<SealedCycle | CycleOutcome> {
  try {
    const sealed = await sealPlan(inputs, deps)
    if (sealed.kind !== 'sealed') return sealed
    const { schema } = sealed.record.plan
    if (schema === PLAN_SCHEMA) return sealed
    return { kind: 'not_sealed', reason: unknownPlanReason(schema) }
  } catch (error) {
    if (error instanceof StateError) return { kind: 'not_sealed', reason: error.message }
    throw error
  }
}

/** The plan was begun by an earlier run, and this one did not finish it either. */
function tellOfStall({ accountLabel: account, version }: Lane, { telemetry }: LaneDeps): void {
  telemetry.count(METRICS.laneStalls, 1, { account })
  telemetry.record('error', 'time ran out again in the same sealed plan', { account, version })
}

/** The lane's last tick, unless it lies in the future: that would deny every signal as too old until then. */
function lastTickOf({ lastTickAt }: Lane, now: EpochMs): EpochMs | null {
  return lastTickAt === null || isFromFuture(lastTickAt, now) ? null : lastTickAt
}

function later(left: EpochMs, right: EpochMs | null): EpochMs {
  return right === null || right < left ? left : right
}

function nextLane(
  lane: Lane,
  { inputs, plan }: CycleRecord,
  unsettled: readonly Execution[],
  deps: LaneDeps,
): Lane {
  const now = deps.clock.now()
  const notAfter = later(now, lastTickOf(lane, now))
  return {
    accountLabel: lane.accountLabel,
    source: lane.source,
    version: lane.version + 1,
    cursor: plan.nextCursor,
    circuits: plan.circuits,
    cooldowns: plan.cooldowns,
    unsettled: unsettled.length === 0 ? NO_IDS : unsettled.map(({ clientOrderId }) => clientOrderId).sort(),
    lastTickAt: inputs.tickAt < notAfter ? inputs.tickAt : notAfter,
    halted: lane.halted,
    requests: committedRequests(lane, deps),
    notes: lane.notes,
  }
}

function merge(before: readonly Execution[], added: readonly Execution[]): readonly Execution[] {
  if (before.length === 0 && added.length === 0) return before
  const byId = new Map<ClientOrderId, Execution>()
  for (const execution of [...before, ...added]) byId.set(execution.clientOrderId, execution)
  return [...byId.values()]
}
