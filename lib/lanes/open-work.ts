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
import { sha256Hex } from '../domain/ids.ts'
import { METRICS } from '../domain/metric-names.ts'
import { plusSeconds, type EpochMs } from '../domain/time.ts'
import type { ExecutionStore } from '../ports/execution-store.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import type { UnmatchedOrderStore } from '../ports/unmatched-order-store.ts'

/**
 * How often lanes with open work are reconciled with the broker, beside their cycles. Each tick offers it, under the
 * deduplication id of the five minutes that it falls in, and the queue takes the first: it remembers an id for just
 * as long (SQS, "Using the message deduplication ID in Amazon SQS"). So no schedule can miss it, and nothing has to
 * be stored.
 */
export const RECONCILE_EVERY_MS = 5 * 60_000

/**
 * In one of so many of these, an admitted account is reconciled whether it has open work or not: for orders that nobody
 * knows. A prime number, so that a schedule of any beat meets each account's turn.
 */
const SWEEP_SLOTS = 13
/** How many accounts' open work is asked for at the same time. */
const READ_AT_ONCE = 50
/** A cycle settles what it has left unsettled with the next ticks. */
const OVERDUE_AFTER_SECONDS = 300

export interface OpenWorkDeps {
  readonly executions: Pick<ExecutionStore, 'listOpen'>
  readonly unmatched: Pick<UnmatchedOrderStore, 'listParked'>
  readonly telemetry: Telemetry
}

/** Whom a tick is about. */
export interface TickedAccounts {
  readonly admitted: readonly AccountConfig[]
  /** Theirs. */
  readonly sweepTurns: ReadonlyMap<AccountConfig, number>
  /** Registered, and given nothing but what winds them down. */
  readonly held: readonly AccountConfig[]
  /** Whether lanes run; outside the window only open work counts. */
  readonly inWindow: boolean
}

export interface OpenWork {
  readonly reconciled: readonly AccountConfig[]
  /** Of these, the ones with an order that should have been settled long ago. */
  readonly overdue: ReadonlySet<AccountConfig>
}

/** Asks the index of open work, account by account. */
export async function withOpenWork(
  { admitted, sweepTurns, held, inWindow }: TickedAccounts,
  tickAt: EpochMs,
  deps: OpenWorkDeps,
): Promise<OpenWork> {
  const accounts = held.length === 0 ? admitted : [...admitted, ...held]
  // those that are held back come last
  const work = await inParallel(accounts, READ_AT_ONCE, (account, index) =>
    openWorkOf(account.label, index >= admitted.length, deps),
  )
  const reconciled: AccountConfig[] = []
  const overdue = new Set<AccountConfig>()
  work.forEach((open, index) => {
    const account = accounts[index] as AccountConfig
    const turn = inWindow ? sweepTurns.get(account) : undefined
    // what cannot be read counts as open work: its own lane then fails by it, and no other one
    if (open === null || isOpen(open) || (turn !== undefined && sweepIsDue(turn, tickAt))) {
      reconciled.push(account)
    }
    if (open !== null && isOfLate(open, tickAt)) overdue.add(account)
  })
  return { reconciled, overdue }
}

interface Work {
  readonly executions: readonly Execution[]
  readonly isParked: boolean
}

function isOfLate({ executions }: Work, tickAt: EpochMs): boolean {
  return executions.some((execution) => isOverdue(execution, tickAt))
}

function isOpen({ executions, isParked }: Work): boolean {
  return executions.length > 0 || isParked
}

function sweepIsDue(turn: number, tickAt: EpochMs): boolean {
  return (Math.floor(tickAt / RECONCILE_EVERY_MS) + turn) % SWEEP_SLOTS === 0
}

/** Each account has its own, so that a fleet's sweeps do not fall together. */
export function sweepTurn(account: AccountLabel): number {
  return Number.parseInt(sha256Hex(account).slice(0, 8), 16)
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
  isHeld: boolean,
  { executions, unmatched, telemetry }: OpenWorkDeps,
): Promise<Work | null> {
  try {
    const open = await executions.listOpen(account)
    // no sweep comes to one that is held back
    const isParked = isHeld && open.length === 0 && (await unmatched.listParked(account)).length > 0
    return { executions: open, isParked }
  } catch (error) {
    telemetry.count(METRICS.dispatchUnreadable, 1, { account })
    telemetry.record('error', 'the open work of an account cannot be read', { account }, error)
    return null
  }
}
