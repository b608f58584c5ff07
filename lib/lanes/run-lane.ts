/**
 * A lane's run: the I/O half of the cycle (docs/architecture.md#cycle).
 *
 * Invariants:
 * - an idle cycle makes two state reads and calls no broker;
 * - the cursor moves only with a sealed plan that has an outcome for each signal it passes;
 * - the lane version rises by exactly 1 per commit, and only a sealed cycle commits;
 * - faults end as values here: they cost this lane its cycle, never another's.
 */
import { METRICS } from '../domain/metric-names.ts'
import { parseSettings } from '../flags/parse-settings.ts'
import type { Settings } from '../domain/settings.ts'
import { StateError, UnavailableError } from '../domain/errors.ts'
import type { Execution } from '../domain/execution.ts'
import { isUnsettled } from '../domain/execution.ts'
import type { ClientOrderId } from '../domain/ids.ts'
import type { Lane } from '../domain/lane.ts'
import { PLAN_SCHEMA, type CycleRecord } from '../domain/plan.ts'
import type { TickMessage } from '../domain/tick-message.ts'
import { asEpochMs } from '../domain/time.ts'
import { settleExecution } from '../orders/settle.ts'
import { openAccountSession, type AccountSession } from './account-session.ts'
import { cancelOpenOrders } from './cancel-open-orders.ts'
import { carryOut } from './carry-out.ts'
import type { LaneDeps, LaneRun } from './lane-deps.ts'
import { sealPlan, type SealedCycle } from './seal.ts'

/** The share of an invocation after which no further cycle is begun. */
const NEW_CYCLE_SHARE = 0.6

interface Run {
  readonly message: TickMessage
  readonly settings: Settings
  readonly session: AccountSession
  readonly deps: LaneDeps
}

/** Runs one account's lane for a tick. @throws TorghutError for faults that another tick would not mend. */
export async function runLane(message: TickMessage, deps: LaneDeps): Promise<LaneRun> {
  const settings = parseSettings(message.settings)
  const session = openAccountSession(message.account, settings, deps)
  const properties = { account: message.account.label }
  deps.telemetry.measure(METRICS.laneCycleAge, (deps.clock.now() - message.tickAt) / 1000, properties)
  const outcome = await run({ message, settings, session, deps }).catch((error: unknown): LaneRun => {
    if (!(error instanceof UnavailableError)) throw error
    deps.telemetry.record(
      'error',
      'the cycle could not be finished; the next tick goes on',
      properties,
      error,
    )
    return { kind: 'retryable', reason: error.message }
  })
  const metric = outcome.kind === 'retryable' ? METRICS.laneCycleFailures : METRICS.laneCycles
  deps.telemetry.count(metric, 1, { ...properties, outcome: outcome.kind })
  return outcome
}

async function run(lane: Run): Promise<LaneRun> {
  const { message, settings, session, deps } = lane
  let current = await readOrCreateLane(lane)
  if (message.killSwitchOn) {
    await cancelOpenOrders(
      await session.broker(),
      message.account.label,
      settings.killSwitchCancel,
      deps.telemetry,
    )
  }
  if (current.halted !== null) return haltedAlready(lane, current.halted)

  const settled = await settleAll(lane, current)
  if (settled.kind === 'mismatch') return halt(lane, settled.detail)
  let { unsettled } = settled

  let cycles = 0
  let signals = 0
  for (;;) {
    const { signalSource, signalBatchSize } = settings
    const batch = await deps.signals.readAfter(
      signalSource,
      current.cursor,
      signalBatchSize,
      deps.clock.now(),
    )
    const quiet = batch.signals.length === 0 && batch.expired === null
    if (quiet && unsettled.length === current.unsettled.length) break

    const tickAt = asEpochMs(Math.max(message.tickAt, current.lastTickAt ?? message.tickAt))
    const strategies = await deps.strategies(message.catalogHash, settings)
    const snapshot = await (await session.broker()).snapshot()
    const sealed = await seal(lane, {
      message,
      settings,
      strategies,
      lane: current,
      batch,
      unsettled,
      snapshot,
      tickAt,
    })
    if ('kind' in sealed) return sealed

    const { plan } = sealed.record
    const carried = await carryOut(plan.decisions, await session.orders(), deps.time)
    if (carried.kind === 'mismatch') return halt(lane, carried.detail)
    if (carried.kind === 'out_of_time') return { kind: 'out_of_time', cycles }

    unsettled = merge(unsettled, carried.unsettled)
    const next = nextLane(current, sealed.record, unsettled)
    const committed = await deps.lanes.commit(next)
    if (committed.kind === 'superseded') return { kind: 'superseded', cycles }
    for (const { metric, count, properties } of plan.observations)
      deps.telemetry.count(metric, count, properties)

    const passed = plan.nextCursor - current.cursor
    const drained =
      plan.nextCursor >= (batch.signals.at(-1)?.position ?? 0) && batch.signals.length < signalBatchSize
    current = next
    cycles += 1
    signals += passed
    if (drained || deps.time.remainingMs() < deps.time.totalMs * (1 - NEW_CYCLE_SHARE)) break
  }
  const worked = cycles > 0 || current.unsettled.length > 0 || message.killSwitchOn
  return worked ? { kind: 'done', cycles, signals, unsettled: unsettled.length } : { kind: 'idle' }
}

async function readOrCreateLane({ message, settings, deps }: Run): Promise<Lane> {
  const { label } = message.account
  const stored = await deps.lanes.readLane(label, settings.signalSource)
  if (stored !== null) return stored
  const cursor = settings.signalStart === 'latest' ? await deps.signals.end(settings.signalSource) : 0
  return deps.lanes.createLane({
    accountLabel: label,
    source: settings.signalSource,
    version: 0,
    cursor,
    circuits: {},
    cooldowns: {},
    unsettled: [],
    lastTickAt: null,
    halted: null,
  })
}

type SettleAllResult =
  | { readonly kind: 'settled'; readonly unsettled: readonly Execution[] }
  | { readonly kind: 'mismatch'; readonly detail: string }

async function settleAll({ session, deps }: Run, lane: Lane): Promise<SettleAllResult> {
  const unsettled: Execution[] = []
  for (const id of lane.unsettled) {
    const execution = await deps.executions.readExecution(lane.accountLabel, id)
    if (execution === null)
      throw new StateError(`lane ${lane.accountLabel} names execution ${id}, which is gone`)
    if (!isUnsettled(execution.state)) continue
    const result = await settleExecution(execution, await session.orders())
    if (result.kind === 'mismatch') return { kind: 'mismatch', detail: `${id}: ${result.detail}` }
    if (result.kind === 'unsettled') unsettled.push(result.execution)
  }
  return { kind: 'settled', unsettled }
}

/** Seals, or says why the lane must wait: a record or plan that this version of the code cannot read. */
async function seal(lane: Run, inputs: Parameters<typeof sealPlan>[0]): Promise<SealedCycle | LaneRun> {
  const sealed = await sealPlan(inputs, lane.deps).catch((error: unknown): LaneRun => {
    if (!(error instanceof StateError)) throw error
    return haltedAlready(lane, error.message)
  })
  if ('kind' in sealed || sealed.record.plan.schema === PLAN_SCHEMA) return sealed
  return haltedAlready(
    lane,
    `the sealed plan has schema ${sealed.record.plan.schema}, known is ${PLAN_SCHEMA}`,
  )
}

function nextLane(lane: Lane, { inputs, plan }: CycleRecord, unsettled: readonly Execution[]): Lane {
  return {
    ...lane,
    version: lane.version + 1,
    cursor: plan.nextCursor,
    circuits: plan.circuits,
    cooldowns: plan.cooldowns,
    unsettled: unsettled.map(({ clientOrderId }) => clientOrderId).sort(),
    lastTickAt: inputs.tickAt,
  }
}

function merge(before: readonly Execution[], added: readonly Execution[]): readonly Execution[] {
  const byId = new Map<ClientOrderId, Execution>()
  for (const execution of [...before, ...added]) byId.set(execution.clientOrderId, execution)
  return [...byId.values()]
}

async function halt(lane: Run, detail: string): Promise<LaneRun> {
  const reason = `the broker holds another order under our client order id: ${detail}`
  await lane.deps.lanes.halt(lane.message.account.label, lane.settings.signalSource, reason)
  return haltedAlready(lane, reason)
}

function haltedAlready({ message, deps }: Run, reason: string): LaneRun {
  const account = message.account.label
  deps.telemetry.count(METRICS.laneHalts, 1, { account })
  deps.telemetry.record('error', 'the lane is halted and needs an operator', { account, reason })
  return { kind: 'halted', reason }
}
