/**
 * Runs a migration page by page, from where it was left (docs/architecture.md#migrations).
 *
 * Invariants: at most one runner at a time, as long as clocks agree within the lease, and nothing is damaged by two; a page
 * is recorded only after all of it is written; no more rows a second than asked for; of what was read nothing is kept
 * longer than its page.
 */
import type { LedgerEntry, MigrationCounts } from '../ports/migration-ledger.ts'
import type { SingleRows } from '../ports/single-rows.ts'
import { addCounts, isolatePage, NO_COUNTS, type Problem } from './isolate-page.ts'
import { type LeaseDeps, type LeaseOptions, recordPlace, takeLease } from './lease.ts'
import type { Migration } from './migration.ts'

export interface MigrationDeps extends LeaseDeps {
  readonly rows: SingleRows
  readonly pause: (milliseconds: number) => Promise<unknown>
}

export interface MigrationOptions extends LeaseOptions {
  readonly rowsPerSecond: number
  /** Run it once more, though it is applied. */
  readonly again?: boolean
}

export interface MigrationProgress {
  readonly table: string
  readonly counts: MigrationCounts
}

export type MigrationOutcome =
  | { readonly kind: 'already_applied'; readonly entry: LedgerEntry }
  | { readonly kind: 'applied'; readonly counts: MigrationCounts; readonly problems: readonly Problem[] }

const PAGE_ROWS = 200
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
  let entry = await takeLease(migration.id, before, options, deps)
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
    entry = await recordPlace({ ...entry, ...place, counts }, deps)
    progress({ table: step.table, counts })
    const due = (rows.length / options.rowsPerSecond) * 1000
    const used = deps.clock.monotonic() - begun
    if (due > used) await deps.pause(due - used)
  }
  const applied = { ...entry, state: 'applied' as const, appliedAt: deps.clock.now() }
  const { counts } = await recordPlace(applied, deps)
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
