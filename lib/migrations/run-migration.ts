/**
 * Runs a migration page by page, from where it was left (docs/architecture.md#migrations).
 *
 * Invariants: at most one runner at a time, as long as clocks agree within the lease, and nothing is damaged by two; a page
 * is recorded only after all of it is written; no more rows a second than asked for; of what was read nothing is kept
 * longer than its page.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { ConfigurationError, InUseError } from '../domain/errors.ts'
import { asEpochMs, plusSeconds } from '../domain/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerEntry, MigrationCounts, MigrationLedger } from '../ports/migration-ledger.ts'
import type { SingleRows } from '../ports/single-rows.ts'
import { addCounts, isolatePage, NO_COUNTS, type Problem } from './isolate-page.ts'
import type { Migration } from './migration.ts'

export interface MigrationDeps {
  readonly ledger: MigrationLedger
  readonly rows: SingleRows
  readonly clock: Clock
  readonly pause: (milliseconds: number) => Promise<unknown>
  /** A random text. */
  readonly token: () => string
}

export interface MigrationOptions {
  readonly defaultLabel: AccountLabel
  readonly rowsPerSecond: number
  /** Run it once more, though it is applied. */
  readonly again?: boolean
  /** Do not wait for the lease of another runner, which is known to be dead. */
  readonly takeOver?: boolean
}

export interface MigrationProgress {
  readonly table: string
  readonly counts: MigrationCounts
}

export type MigrationOutcome =
  | { readonly kind: 'already_applied'; readonly entry: LedgerEntry }
  | { readonly kind: 'applied'; readonly counts: MigrationCounts; readonly problems: readonly Problem[] }

const PAGE_ROWS = 200
/** Longer than a page takes; it is renewed with each one. */
const LEASE_SECONDS = 15
/** Of unusable rows so many are told one by one. */
export const MOST_PROBLEMS = 20

/**
 * @throws InUseError while another runner is at it, ConfigurationError for another default label than it was begun with
 */
export async function runMigration(
  migration: Migration,
  options: MigrationOptions,
  deps: MigrationDeps,
  progress: (at: MigrationProgress) => void,
): Promise<MigrationOutcome> {
  const before = await deps.ledger.read(migration.id)
  if (before?.state === 'applied' && options.again !== true) return { kind: 'already_applied', entry: before }
  let entry = await take(migration, before, options, deps)
  const problems: Problem[] = []
  while (entry.step < migration.steps.length) {
    const step = migration.steps[entry.step]
    if (step === undefined) break
    const begun = deps.clock.monotonic()
    const { rows, next } = await deps.rows.readPage(step.table, entry.after, PAGE_ROWS)
    const options_ = { defaultLabel: options.defaultLabel, write: true }
    const page = await isolatePage(step, rows, deps.rows, options_)
    problems.push(...page.problems.slice(0, MOST_PROBLEMS - problems.length))
    const counts = addCounts(entry.counts, page.counts)
    const place = next === null ? { step: entry.step + 1, after: null } : { after: next }
    entry = await record({ ...entry, ...place, counts }, deps)
    progress({ table: step.table, counts })
    const due = (rows.length / options.rowsPerSecond) * 1000
    const used = deps.clock.monotonic() - begun
    if (due > used) await deps.pause(due - used)
  }
  const applied = { ...entry, state: 'applied' as const, appliedAt: deps.clock.now() }
  const { counts } = await record(applied, deps)
  return { kind: 'applied', counts, problems }
}

/** Goes through all rows without writing anything. */
export async function planMigration(
  { steps }: Migration,
  { defaultLabel }: Pick<MigrationOptions, 'defaultLabel'>,
  { rows: store }: Pick<MigrationDeps, 'rows'>,
  progress: (at: MigrationProgress) => void,
): Promise<{
  readonly byTable: ReadonlyMap<string, MigrationCounts>
  readonly problems: readonly Problem[]
}> {
  const byTable = new Map<string, MigrationCounts>()
  const problems: Problem[] = []
  for (const step of steps) {
    let counts = NO_COUNTS
    let after: string | null = null
    do {
      const { rows, next } = await store.readPage(step.table, after, PAGE_ROWS)
      const page = await isolatePage(step, rows, store, { defaultLabel, write: false })
      problems.push(...page.problems.slice(0, MOST_PROBLEMS - problems.length))
      counts = addCounts(counts, page.counts)
      progress({ table: step.table, counts })
      after = next
    } while (after !== null)
    byTable.set(step.table, counts)
  }
  return { byTable, problems }
}

/** Makes this runner the only one, or throws. */
async function take(
  { id }: Migration,
  before: LedgerEntry | null,
  { defaultLabel, takeOver = false }: MigrationOptions,
  { ledger, clock, token }: MigrationDeps,
): Promise<LedgerEntry> {
  const now = clock.now()
  if (before?.state === 'running') {
    if (before.defaultLabel !== defaultLabel) throw otherLabel(before, defaultLabel)
    if (before.leaseUntil > now && !takeOver) throw inUse(id, Math.ceil((before.leaseUntil - now) / 1000))
  }
  const resumed = before?.state === 'running' ? before : null
  const entry: LedgerEntry = {
    id,
    revision: (before?.revision ?? 0) + 1,
    state: 'running',
    defaultLabel,
    step: resumed?.step ?? 0,
    after: resumed?.after ?? null,
    counts: resumed?.counts ?? NO_COUNTS,
    startedAt: resumed?.startedAt ?? now,
    appliedAt: null,
    owner: token(),
    leaseUntil: plusSeconds(now, LEASE_SECONDS),
  }
  if (await ledger.write(entry)) return entry
  throw inUse(id, LEASE_SECONDS)
}

async function record(entry: LedgerEntry, { ledger, clock }: MigrationDeps): Promise<LedgerEntry> {
  const leaseUntil = plusSeconds(asEpochMs(clock.now()), LEASE_SECONDS)
  const next = { ...entry, revision: entry.revision + 1, leaseUntil }
  if (await ledger.write(next)) return next
  // the client may have repeated a write whose answer was lost
  const stored = await ledger.read(entry.id)
  if (stored?.revision === next.revision && stored.owner === next.owner) return next
  throw new InUseError(`${entry.id} was taken over by another runner`, {
    advice: 'Nothing is lost: `torghut migrate status` shows how far it is.',
  })
}

function inUse(id: string, seconds: number): InUseError {
  return new InUseError(`${id} is being run by somebody else, or by a runner that died a moment ago`, {
    advice: `Try again in ${seconds} s; with --take-over at once, if you know that it is dead.`,
  })
}

function otherLabel({ id, defaultLabel }: LedgerEntry, found: string): ConfigurationError {
  return new ConfigurationError('The migration', [
    {
      path: '--default-label',
      found: JSON.stringify(found),
      allowed: `${defaultLabel}, with which ${id} was begun`,
    },
  ])
}
