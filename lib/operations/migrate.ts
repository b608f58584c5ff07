/**
 * Migrations of a stage's state (docs/architecture.md#migrations), as an operator runs them: all that are open, in their
 * order.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { planMigration, runMigration, type MigrationOptions } from '../migrations/run-migration.ts'
import { isVerified, verifyMigration, type TableVerification } from '../migrations/verify-migration.ts'
import type { Problem } from '../migrations/isolate-page.ts'
import type { Migration } from '../migrations/migration.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerEntry, MigrationCounts, MigrationLedger } from '../ports/migration-ledger.ts'
import type { SingleRows } from '../ports/single-rows.ts'

export type { Migration } from '../migrations/migration.ts'

/** The state that migrations work on. */
export interface MigrationStores {
  readonly ledger: MigrationLedger
  readonly rows: SingleRows
}

/** What of the process they need. */
export interface MigrationProcess {
  readonly clock: Clock
  readonly pause: (milliseconds: number) => Promise<unknown>
  readonly token: () => string
}

export interface MigrationStatus {
  readonly migration: Migration
  readonly state: 'open' | 'running' | 'applied'
  /** Null: it was never begun. */
  readonly entry: LedgerEntry | null
}

export async function migrationStatus(
  migrations: readonly Migration[],
  { ledger }: MigrationStores,
): Promise<readonly MigrationStatus[]> {
  return Promise.all(
    migrations.map(async (migration) => {
      const entry = await ledger.read(migration.id)
      return { migration, entry, state: entry?.state ?? 'open' }
    }),
  )
}

export interface MigrationReport {
  readonly id: string
  readonly kind: 'applied' | 'already_applied' | 'planned'
  /** By table, of a plan; all together otherwise. */
  readonly counts: MigrationCounts | null
  readonly byTable: Readonly<Record<string, MigrationCounts>> | null
  readonly problems: readonly Problem[]
}

export type MigrationWatcher = (id: string, table: string, rows: number) => void

/** Applies those that are open, the rest of one that was interrupted first. @throws as `runMigration` */
export async function migrateUp(
  migrations: readonly Migration[],
  options: MigrationOptions,
  stores: MigrationStores,
  process: MigrationProcess,
  watch: MigrationWatcher,
): Promise<readonly MigrationReport[]> {
  const reports: MigrationReport[] = []
  for (const migration of migrations) {
    const { id } = migration
    const outcome = await runMigration(migration, options, { ...stores, ...process }, ({ table, counts }) =>
      watch(id, table, counts.rows),
    )
    const applied = outcome.kind === 'applied' ? outcome : { counts: outcome.entry.counts, problems: [] }
    const { counts, problems } = applied
    reports.push({ id, kind: outcome.kind, counts, byTable: null, problems })
  }
  return reports
}

/** Says what `migrateUp` would do. Writes nothing. */
export async function migratePlan(
  migrations: readonly Migration[],
  defaultLabel: AccountLabel,
  stores: MigrationStores,
  watch: MigrationWatcher,
): Promise<readonly MigrationReport[]> {
  const reports: MigrationReport[] = []
  for (const migration of migrations) {
    const { id } = migration
    const { byTable, problems } = await planMigration(
      migration,
      { defaultLabel },
      stores,
      ({ table, counts }) => watch(id, table, counts.rows),
    )
    reports.push({ id, kind: 'planned', counts: null, byTable: Object.fromEntries(byTable), problems })
  }
  return reports
}

export interface VerificationReport {
  readonly id: string
  readonly verified: boolean
  readonly tables: readonly (TableVerification & { readonly verified: boolean })[]
  readonly problems: readonly Problem[]
}

export async function migrateVerify(
  migrations: readonly Migration[],
  { rows }: MigrationStores,
  watch: MigrationWatcher,
): Promise<readonly VerificationReport[]> {
  const reports: VerificationReport[] = []
  for (const migration of migrations) {
    const { id } = migration
    const found = await verifyMigration(migration, rows, (table, count) => watch(id, table, count))
    const tables = found.tables.map((table) => ({ ...table, verified: isVerified(table) }))
    reports.push({ id, tables, problems: found.problems, verified: tables.every(({ verified }) => verified) })
  }
  return reports
}
