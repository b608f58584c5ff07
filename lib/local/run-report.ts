/**
 * What came of a run, account by account.
 *
 * Invariant: everything is derived from what is stored (cycle records, decisions, executions, the lane, the journal of
 * failures) and from the exchange's statement, nothing from the process's memory: a finished run tells the same when it is
 * started again.
 */
import { collect } from '../domain/collect.ts'
import { byKey } from '../domain/compare.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import { type Decimal } from '../domain/decimal.ts'
import type { Decision } from '../domain/decision.ts'
import type { Execution } from '../domain/execution.ts'
import type { CircuitStates, Lane } from '../domain/lane.ts'
import type { CycleRecord } from '../domain/plan.ts'
import { METRICS, type CountedMetric } from '../domain/metric-names.ts'
import type { EpochMs } from '../domain/time.ts'
import type { RunFigures } from '../replay/figures/run-figures.ts'
import type { Trade } from '../replay/figures/trade-figures.ts'
import type { StateStores } from '../ports/state-stores.ts'
import { type StrategyCounts, strategyCounts } from './strategy-counts.ts'
import type { StrategyFailure } from '../strategy/failures.ts'

export type Counts = Readonly<Record<string, number>>

export interface EquityPoint {
  readonly at: EpochMs
  readonly equity: Decimal
}

export interface AccountReport {
  readonly label: AccountLabel
  readonly signals: number
  /** What strategies wanted, before conflicts were resolved. */
  readonly intents: number
  readonly conflicts: number
  readonly decisions: number
  /** Orders that were sent, by what became of them. */
  readonly orders: Counts
  /** Decisions that were refused, before or at the order firewall. */
  readonly denials: Counts
  /** Strategies that could not decide, by reason. */
  readonly strategyErrors: Counts
  /** Each message of a strategy that could not decide. */
  readonly failures: readonly StrategyFailure[]
  readonly circuitOpenings: number
  readonly circuitClosings: number
  readonly strategies: readonly StrategyCounts[]
  /** By reason. */
  readonly fallbacks: Counts
  readonly cursor: number
  readonly equity: Decimal
  /** As each cycle found it, then the last one. */
  readonly equityHistory: readonly EquityPoint[]
}

/** One account's run. */
export interface AccountOutcome {
  readonly report: AccountReport
  readonly trades: readonly Trade[]
  readonly figures: RunFigures
}

/** What the report of an account is made of. */
export interface AccountRecords {
  readonly lane: Lane
  readonly cycles: readonly CycleRecord[]
  readonly decisions: readonly Decision[]
  readonly executions: readonly Execution[]
  readonly equity: Decimal
}

/** Null for an account without a lane: it was never admitted. */
export async function readAccountRecords(
  stores: StateStores,
  label: AccountLabel,
  source: string,
  equity: Decimal,
): Promise<AccountRecords | null> {
  const lane = await stores.lanes.readLane(label, source)
  if (lane === null) return null
  const [cycles, decisions, executions] = await Promise.all([
    collect(stores.lanes.listCycles(label, source)),
    collect(stores.decisions.listDecisions(label)),
    collect(stores.executions.listExecutions(label)),
  ])
  return { lane, cycles, decisions, executions, equity }
}

export function accountReport(
  { lane, cycles, decisions, executions, equity }: AccountRecords,
  failures: readonly StrategyFailure[],
): AccountReport {
  const observed = (metric: CountedMetric, property?: string) => sumObservations(cycles, metric, property)
  const denied = decisions.flatMap(({ outcome }) => (outcome.kind === 'denied' ? [outcome.reason] : []))
  const stopped = executions.flatMap(({ deniedReason }) => (deniedReason === null ? [] : [deniedReason]))
  const sent = executions.filter(({ state }) => state !== 'denied')
  const last = cycles.at(-1)
  return {
    label: lane.accountLabel,
    signals: cycles.reduce((sum, { plan }) => sum + plan.outcomes.length, 0),
    intents: total(observed(METRICS.strategyIntents)),
    conflicts: total(observed(METRICS.intentConflicts)),
    decisions: decisions.length,
    orders: countBy(sent.map(({ state }) => state)),
    denials: countBy([...denied, ...stopped]),
    strategyErrors: observed(METRICS.strategyErrors, 'reason'),
    failures,
    ...circuitChanges(cycles),
    strategies: strategyCounts(cycles, decisions),
    fallbacks: observed(METRICS.runtimeFallbacks, 'reason'),
    cursor: lane.cursor,
    equity,
    equityHistory: [
      ...cycles.map(({ inputs }) => ({ at: inputs.tickAt, equity: inputs.snapshot.balance.equity })),
      ...(last === undefined ? [] : [{ at: last.inputs.tickAt, equity }]),
    ],
  }
}

export function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function sumObservations(cycles: readonly CycleRecord[], metric: CountedMetric, property?: string): Counts {
  const counts: Record<string, number> = {}
  for (const observation of cycles.flatMap(({ plan }) => plan.observations)) {
    if (observation.metric !== metric) continue
    const key = property === undefined ? metric : (observation.properties[property] ?? 'unknown')
    counts[key] = (counts[key] ?? 0) + observation.count
  }
  return sorted(counts)
}

/** A circuit that reopens within one cycle counts as closed and opened. */
function circuitChanges(
  cycles: readonly CycleRecord[],
): Pick<AccountReport, 'circuitOpenings' | 'circuitClosings'> {
  let before: CircuitStates = {}
  let circuitOpenings = 0
  let circuitClosings = 0
  for (const { plan } of cycles) {
    for (const id of new Set([...Object.keys(before), ...Object.keys(plan.circuits)])) {
      const was = before[id]?.openUntil ?? null
      const is = plan.circuits[id]?.openUntil ?? null
      if (was === is) continue
      if (was !== null) circuitClosings += 1
      if (is !== null) circuitOpenings += 1
    }
    before = plan.circuits
  }
  return { circuitOpenings, circuitClosings }
}

function countBy(names: readonly string[]): Counts {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return sorted(counts)
}

function sorted(counts: Counts): Counts {
  return Object.fromEntries(Object.entries(counts).sort(byKey))
}
