/**
 * Planning a cycle and sealing the plan (docs/architecture.md#sealed-plan).
 *
 * Invariants: the record holds all inputs of the plan or their hashes; a plan that is sealed already is adopted
 * as it is; nothing is truncated to fit an item, the batch is made smaller (docs/architecture.md#item-size).
 */
import { StateError } from '../domain/errors.ts'
import type { CycleRecord } from '../domain/plan.ts'
import { METRICS } from '../domain/metric-names.ts'
import { sealedInputs, type CycleInputs } from '../plan/cycle-inputs.ts'
import { planCycle } from '../plan/plan-cycle.ts'
import type { LaneStore } from '../ports/lane-store.ts'
import type { LaneDeps } from './lane-wiring.ts'

/**
 * Plans the batch, or as much of it as fits a record, and seals the plan; or adopts the one that is there.
 * @throws StateError when the plan of one signal is too large, or a record that is there cannot be read
 */
export async function sealPlan(
  inputs: CycleInputs,
  { lanes, clock, telemetry }: Pick<LaneDeps, 'lanes' | 'clock' | 'telemetry'>,
): Promise<CycleRecord> {
  const begun = clock.monotonic()
  const record = planThatFits(inputs, lanes)
  const { accountLabel: account } = record
  telemetry.measure(METRICS.strategyLatency, clock.monotonic() - begun, { account })
  const outcome = await lanes.sealCycle(record)
  return outcome.kind === 'sealed' ? record : outcome.record
}

function planThatFits(inputs: CycleInputs, lanes: Pick<LaneStore, 'fits'>): CycleRecord {
  const { accountLabel, source, version } = inputs.lane
  const plan = planCycle(inputs)
  const record = { accountLabel, source, version, inputs: sealedInputs(inputs), plan }
  if (lanes.fits(record)) return record
  const { signals } = inputs.batch
  if (signals.length <= 1) {
    throw new StateError(`the plan of position ${plan.nextCursor} alone does not fit a record`)
  }
  const firstHalf = { ...inputs.batch, signals: signals.slice(0, signals.length >> 1) }
  return planThatFits({ ...inputs, batch: firstHalf }, lanes)
}
