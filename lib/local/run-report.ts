/**
 * What came of a run, account by account.
 *
 * Invariant: everything is derived from what is stored (cycle records, decisions, executions, the lane, the journal of
 * failures) and from the exchange's statement, nothing from the process's memory: a finished run tells the same when it is
 * started again.
 */
import { collect } from '../domain/collect.ts'
import type { AccountLabel } from '../domain/account-label.ts'
import { type Decimal } from '../domain/decimal.ts'
import type { Decision } from '../domain/decision.ts'
import type { Execution } from '../domain/execution.ts'
import type { Lane } from '../domain/lane.ts'
import type { CycleRecord } from '../domain/plan.ts'
import type { RunFigures } from '../replay/figures/run-figures.ts'
import type { Trade } from '../replay/figures/trade-figures.ts'
import type { AccountCounts } from '../replay/report/account-counts.ts'
import type { StateStores } from '../ports/state-stores.ts'
import { CycleTally, type EquityHistory } from './cycle-tally.ts'
import type { StrategyFailure } from '../strategy/failures.ts'

export interface AccountReport extends AccountCounts {
  readonly label: AccountLabel
  /** Each message of a strategy that could not decide. */
  readonly failures: readonly StrategyFailure[]
  readonly cursor: number
  readonly equity: Decimal
  /** As each cycle found it, then the last one. */
  readonly equityHistory: EquityHistory
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
  /** Of all its cycles. */
  readonly tally: CycleTally
  /** Those that are stored. */
  readonly cycles: readonly CycleRecord[]
  readonly decisions: readonly Decision[]
  readonly executions: readonly Execution[]
  readonly equity: Decimal
}

/**
 * Null for an account without a lane: it was never admitted.
 * @param counted what its cycles came to, where they are not kept
 */
export async function readAccountRecords(
  stores: StateStores,
  label: AccountLabel,
  source: string,
  equity: Decimal,
  counted?: CycleTally,
): Promise<AccountRecords | null> {
  const lane = await stores.lanes.readLane(label, source)
  if (lane === null) return null
  const [cycles, decisions, executions] = await Promise.all([
    collect(stores.lanes.listCycles(label, source)),
    collect(stores.decisions.listDecisions(label)),
    collect(stores.executions.listExecutions(label)),
  ])
  const tally = counted ?? new CycleTally()
  if (counted === undefined) for (const record of cycles) tally.add(record)
  return { lane, tally, cycles, decisions, executions, equity }
}

/** To be asked once: the tally counts on. */
export function accountReport(
  { lane, tally, decisions, executions, equity }: AccountRecords,
  failures: readonly StrategyFailure[],
): AccountReport {
  const { counter } = tally
  for (const decision of decisions) counter.addDecision(decision)
  for (const execution of executions) counter.addExecution(execution)
  const last = tally.equity.at(tally.equity.length - 1)
  if (last !== undefined) tally.equity.add({ at: last.at, equity })
  return {
    label: lane.accountLabel,
    ...counter.counts(),
    failures,
    cursor: lane.cursor,
    equity,
    equityHistory: tally.equity,
  }
}
