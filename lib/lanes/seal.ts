/**
 * Planning a cycle and sealing the plan (docs/architecture.md#sealed-plan).
 *
 * Invariants: the record holds all inputs of the plan or their hashes; a plan that is sealed already is adopted
 * as it is; nothing is truncated to fit an item, the batch is made smaller (docs/architecture.md#item-size); a plan
 * is no longer than what one invocation can plan and carry out.
 */
import { StateError } from '../domain/errors.ts'
import type { CycleRecord, TimedOut } from '../domain/plan.ts'
import { METRICS } from '../domain/metric-names.ts'
import { sealedInputs, type CycleInputs } from '../plan/cycle-inputs.ts'
import { planCycle, type PlanListener, type PlanSize } from '../plan/plan-cycle.ts'
import type { Failing } from '../strategy/signal-evaluation.ts'
import type { TimeBudget } from './invocation.ts'
import type { LaneDeps } from './lane-wiring.ts'
import { NOBODY, notSurvived, planCarefully } from './plan-carefully.ts'
import { planInTime, type InterruptedPlan } from './plan-in-time.ts'
import type { FailedEvaluation } from './strategy-failures.ts'

/** The share of an invocation that planning takes at most: a first plan half of it, smaller ones the rest. */
const PLAN_SHARE = 0.3
/** The share of an invocation that carrying out a plan should take at most, by what its parts usually take. */
const CARRY_OUT_SHARE = 0.4
const ORDER_MS = 500
const DENIAL_MS = 5

export interface SealedCycle {
  readonly kind: 'sealed'
  readonly record: CycleRecord
  /** Whether an earlier run had sealed it. */
  readonly resumed: boolean
}

type Asked = NonNullable<PlanListener['asking']>

type SealDeps = Pick<
  LaneDeps,
  | 'lanes'
  | 'clock'
  | 'telemetry'
  | 'time'
  | 'interrupter'
  | 'asking'
  | 'watch'
  | 'careful'
  | 'strayed'
  | 'failing'
  | 'pluginBudgetMs'
>

/**
 * Plans the batch, or as much of it as fits a record and an invocation, and seals the plan; or adopts the one that is
 * there.
 * @throws StateError when the plan of one signal is too large, or a record that is there cannot be read
 */
export async function sealPlan(inputs: CycleInputs, deps: SealDeps): Promise<SealedCycle | InterruptedPlan> {
  const { lanes, clock, telemetry } = deps
  const begun = clock.monotonic()
  const failed: FailedEvaluation[] = []
  const { lane, batch } = inputs
  const make = (signals: CycleInputs['batch']['signals']) => (timedOut: TimedOut, asking: Asked) =>
    planThatFits(plannedFrom(inputs, signals, timedOut), deps, { asking, failed })
  const { interrupter, time, asking } = deps
  const guard = {
    interrupter,
    time,
    asking,
    budgetMs: deps.pluginBudgetMs,
    timedOut: allOf(leftBehind(deps.strayed(), inputs), deps.watch.timedOut, notSurvived(lane)),
  }
  const planned = deps.careful
    ? await planCarefully(make(batch.signals.slice(0, 1)), guard, lane, lanes)
    : planInTime(make(batch.signals), guard)
  deps.watch.idle()
  if (planned.kind === 'plan_interrupted') return planned
  const record = planned.made
  const { accountLabel: account } = record
  telemetry.measure(METRICS.strategyLatency, clock.monotonic() - begun, { account })
  const { nextCursor } = record.plan
  if (failed.length > 0) {
    deps.failing(
      account,
      failed.filter(({ logged }) => logged.position <= nextCursor),
    )
  }
  const outcome = await lanes.sealCycle(record)
  return outcome.kind === 'sealed'
    ? { kind: 'sealed', record, resumed: false }
    : { kind: 'sealed', record: outcome.record, resumed: true }
}

/** The inputs, for a plan of these signals of their batch that knows who did not come back. */
function plannedFrom(
  inputs: CycleInputs,
  signals: CycleInputs['batch']['signals'],
  timedOut: TimedOut,
): CycleInputs {
  // of most plans they are what they were: a copy of so many fields takes as long as a signal
  if (signals === inputs.batch.signals && Object.keys(timedOut).length === 0) return inputs
  return { ...inputs, batch: batchOf(inputs.batch, signals), timedOut }
}

/** Of whom something failed that they had left behind: as if they had not come back at the first signal that concerns them. */
function leftBehind(
  strayed: readonly string[],
  { batch, strategies }: Pick<CycleInputs, 'batch' | 'strategies'>,
): TimedOut {
  if (strayed.length === 0) return NOBODY
  const timedOut: Record<string, number> = {}
  for (const strategyId of strayed) {
    const first = batch.signals.find(({ signal: { timeframe, symbol } }) =>
      strategies.asked(timeframe, symbol).some(({ id }) => id === strategyId),
    )
    if (first !== undefined) timedOut[strategyId] = first.position
  }
  return timedOut
}

/** Who says more comes later. */
function allOf(...each: readonly TimedOut[]): TimedOut {
  const some = each.filter((one) => Object.keys(one).length > 0)
  return some.length === 0 ? NOBODY : Object.assign({}, ...some)
}

/** @param told of each question; its list becomes what strategies failed at in the last plan that was made */
function planThatFits(
  inputs: CycleInputs,
  { lanes, time, watch }: Pick<SealDeps, 'lanes' | 'time' | 'watch'>,
  { asking, failed }: Pick<PlanListener, 'asking'> & { readonly failed: FailedEvaluation[] },
): CycleRecord {
  const { accountLabel, source, version } = inputs.lane
  let planned = inputs
  let isEnough: (size: PlanSize) => boolean = enoughFor(time)
  const failing: Failing = (error, logged) => failed.push({ error, logged })
  for (;;) {
    failed.length = 0
    const plan = planCycle(planned, isEnough, { asking, failing, marks: watch })
    let { signals } = planned.batch
    if (plan.outcomes.length < signals.length) {
      signals = signals.slice(0, plan.outcomes.length)
      planned = { ...inputs, batch: batchOf(inputs.batch, signals) }
    }
    const record = { accountLabel, source, version, inputs: sealedInputs(planned), plan }
    if (lanes.fits(record)) return record
    if (signals.length <= 1) {
      throw new StateError(`the plan of position ${plan.nextCursor} alone does not fit a record`)
    }
    planned = { ...inputs, batch: batchOf(inputs.batch, signals.slice(0, signals.length >> 1)) }
    // all halves together take no longer than the first plan
    isEnough = () => false
  }
}

function batchOf(
  batch: CycleInputs['batch'],
  signals: CycleInputs['batch']['signals'],
): CycleInputs['batch'] {
  return signals === batch.signals ? batch : { ...batch, signals }
}

/** Whether a plan should end with the signal at hand: half of the time to plan is over, or there is enough to do. */
function enoughFor(time: TimeBudget): (size: PlanSize) => boolean {
  const begunWith = time.remainingMs()
  return ({ accepted, denied }) =>
    begunWith - time.remainingMs() >= (time.totalMs * PLAN_SHARE) / 2 ||
    accepted * ORDER_MS + denied * DENIAL_MS >= time.totalMs * CARRY_OUT_SHARE
}
