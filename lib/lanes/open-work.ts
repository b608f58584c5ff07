/**
 * Which accounts have open work, and which of them an order that their lanes should have settled long ago
 * (docs/architecture.md#dispatch).
 *
 * Invariant: what is wrong with one account's state costs no other account its tick.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { AccountConfig } from '../domain/account.ts'
import { isUnsettled, type Execution } from '../domain/execution.ts'
import { inParallel } from '../domain/in-parallel.ts'
import { METRICS } from '../domain/metric-names.ts'
import { plusSeconds, type EpochMs } from '../domain/time.ts'
import type { ExecutionStore } from '../ports/execution-store.ts'
import type { Telemetry } from '../ports/telemetry.ts'

/** How many accounts' open work is asked for at the same time. */
const READ_AT_ONCE = 50
/** A cycle settles what it has left unsettled with the next ticks. */
const OVERDUE_AFTER_SECONDS = 300

export interface OpenWorkDeps {
  readonly executions: Pick<ExecutionStore, 'listOpen'>
  readonly telemetry: Telemetry
}

export interface OpenWork {
  readonly reconciled: readonly AccountConfig[]
  /** Of these, the ones with an order that should have been settled long ago. */
  readonly overdue: ReadonlySet<AccountConfig>
}

/** Asks the index of open work, account by account. */
export async function withOpenWork(
  accounts: readonly AccountConfig[],
  tickAt: EpochMs,
  deps: OpenWorkDeps,
): Promise<OpenWork> {
  const open = await inParallel(accounts, READ_AT_ONCE, ({ label }) => openWorkOf(label, deps))
  const having = (wanted: (work: readonly Execution[] | null) => boolean) =>
    accounts.filter((_account, index) => wanted(open[index] ?? null))
  return {
    // what cannot be read counts as open work: its own lane then fails by it, and no other one
    reconciled: having((work) => work === null || work.length > 0),
    overdue: new Set(having((work) => work?.some((execution) => isOverdue(execution, tickAt)) ?? false)),
  }
}

/**
 * Its lane settles it with every cycle, unless it does not know of it: the record of a cycle that was interrupted before
 * its commit may have outlived its retention.
 */
function isOverdue({ state, createdAt }: Execution, tickAt: EpochMs): boolean {
  return isUnsettled(state) && plusSeconds(createdAt, OVERDUE_AFTER_SECONDS) < tickAt
}

/** Null: it cannot be read. */
async function openWorkOf(
  account: AccountLabel,
  { executions, telemetry }: OpenWorkDeps,
): Promise<readonly Execution[] | null> {
  try {
    return await executions.listOpen(account)
  } catch (error) {
    telemetry.count(METRICS.dispatchUnreadable, 1, { account })
    telemetry.record('error', 'the open work of an account cannot be read', { account }, error)
    return null
  }
}
