/**
 * Planning a cycle and sealing the plan (docs/architecture.md#sealed-plan).
 *
 * Invariants: the record holds all inputs of the plan or their hashes; a plan that is sealed already is adopted
 * as it is; nothing is truncated to fit an item, the batch is made smaller (docs/architecture.md#item-size).
 */
import type { SignalBatch } from '../domain/signal.ts'
import type { Settings } from '../domain/settings.ts'
import type { AccountSnapshot } from '../domain/account.ts'
import { formatDecimal } from '../domain/decimal.ts'
import { StateError } from '../domain/errors.ts'
import type { Execution } from '../domain/execution.ts'
import { encodeFields, sha256Hex } from '../domain/ids.ts'
import type { Lane } from '../domain/lane.ts'
import type { CycleRecord } from '../domain/plan.ts'
import type { TickMessage } from '../domain/tick-message.ts'
import { METRICS } from '../domain/metric-names.ts'
import type { EpochMs } from '../domain/time.ts'
import type { CompiledStrategies } from '../strategy/compile.ts'
import type { LaneDeps } from './lane-deps.ts'
import { planCycle } from '../plan/plan-cycle.ts'

export interface SealInputs {
  readonly message: TickMessage
  readonly settings: Settings
  readonly strategies: CompiledStrategies
  readonly lane: Lane
  readonly batch: SignalBatch
  readonly unsettled: readonly Execution[]
  readonly snapshot: AccountSnapshot
  readonly tickAt: EpochMs
}

export interface SealedCycle {
  readonly record: CycleRecord
  readonly adopted: boolean
}

/** Plans the batch, or as much of it as fits a record, and seals the plan or adopts the one that is there. */
export async function sealPlan(inputs: SealInputs, deps: LaneDeps): Promise<SealedCycle> {
  const begun = deps.clock.monotonic()
  const record = planThatFits(inputs, deps)
  const { accountLabel: account } = record
  deps.telemetry.measure(METRICS.strategyLatency, deps.clock.monotonic() - begun, { account })
  const outcome = await deps.lanes.sealCycle(record)
  return outcome.kind === 'sealed' ? { record, adopted: false } : { record: outcome.record, adopted: true }
}

function planThatFits(inputs: SealInputs, deps: LaneDeps): CycleRecord {
  const record = planRecord(inputs, deps)
  if (deps.lanes.fits(record)) return record
  const { signals } = inputs.batch
  if (signals.length <= 1) {
    throw new StateError(`the plan of position ${record.plan.nextCursor} alone does not fit a record`)
  }
  const firstHalf = { ...inputs.batch, signals: signals.slice(0, signals.length >> 1) }
  return planThatFits({ ...inputs, batch: firstHalf }, deps)
}

function planRecord(inputs: SealInputs, deps: LaneDeps): CycleRecord {
  const { message, settings, strategies, lane, batch, unsettled, snapshot, tickAt } = inputs
  const { account, killSwitchOn } = message
  const plan = planCycle({
    lane,
    batch,
    strategies,
    settings,
    account,
    killSwitchOn,
    snapshot,
    unsettled,
    tickAt,
    calendar: deps.calendar(settings),
  })
  const first = batch.expired?.from ?? batch.signals[0]?.position
  const { kept, restHash } = splitSnapshot(
    snapshot,
    new Set(batch.signals.map(({ signal }) => signal.symbol)),
  )
  return {
    accountLabel: lane.accountLabel,
    source: lane.source,
    version: lane.version,
    inputs: {
      tickAt,
      cursor: lane.cursor,
      positions: first === undefined ? null : { from: first, to: plan.nextCursor },
      catalogHash: strategies.catalogHash,
      settings: message.settings,
      account,
      killSwitchOn,
      unsettled: unsettled.map(({ clientOrderId, symbol, side, quantity }) => ({
        clientOrderId,
        symbol,
        side,
        quantity,
      })),
      snapshot: kept,
      restHash,
      codeVersion: deps.codeVersion,
    },
    plan,
  }
}

/** Keeps the rows of the batch's symbols and hashes the others, in their order. */
function splitSnapshot(
  snapshot: AccountSnapshot,
  symbols: ReadonlySet<string>,
): { readonly kept: AccountSnapshot; readonly restHash: string } {
  const inBatch = ({ symbol }: { readonly symbol: string }): boolean => symbols.has(symbol)
  const rest = [
    ...snapshot.positions
      .filter((row) => !inBatch(row))
      .map((row) =>
        encodeFields('position', row.symbol, formatDecimal(row.quantity), formatDecimal(row.marketValue)),
      ),
    ...snapshot.openOrders
      .filter((row) => !inBatch(row))
      .map((row) =>
        encodeFields('order', row.clientOrderId, row.symbol, row.side, formatDecimal(row.quantity)),
      ),
  ]
  return {
    kept: {
      balance: snapshot.balance,
      positions: snapshot.positions.filter(inBatch),
      openOrders: snapshot.openOrders.filter(inBatch),
    },
    restHash: sha256Hex(encodeFields(...rest)),
  }
}
