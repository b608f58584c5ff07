/** `torghut migrate status|plan|up|verify`: migrations of a stage's state. There is no way down, by design. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AccountLabel, accountLabel } from '../../domain/account-label.ts'
import { formatInstant } from '../../domain/time.ts'
import {
  migratePlan,
  migrateUp,
  migrateVerify,
  migrationStatus,
  type MigrationReport,
  type MigrationStatus,
  type VerificationReport,
} from '../../operations/migrate.ts'
import type { CliContext } from '../context.ts'
import { openChosenDeployment, type StageOption } from '../target.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import type { Output } from '../terminal/output.ts'

interface MigrateOptions extends StageOption {
  readonly defaultLabel?: AccountLabel
  readonly rate?: number
  readonly dryRun?: true
  readonly again?: true
  readonly takeOver?: true
}

const DEFAULT_LABEL = accountLabel('paper')
const ROWS_PER_SECOND = 500
const COUNTS = ['rows', 'put', 'same', 'standing', 'unusable'] as const

export async function showMigrations(context: CliContext, options: StageOption): Promise<ExitCode> {
  const { output } = context
  const { migrationStores } = await openChosenDeployment(context, options)
  const found = await migrationStatus(await context.migrations(), migrationStores)
  if (options.json) await output.printJson(found.map(statusOf))
  else await output.printTable(['migration', 'state', 'rows', 'since', 'default label'], found.map(cellsOf))
  return EXIT.ok
}

export async function planMigrations(context: CliContext, options: MigrateOptions): Promise<ExitCode> {
  const { output } = context
  const { migrationStores } = await openChosenDeployment(context, options)
  const label = options.defaultLabel ?? DEFAULT_LABEL
  const watch = watcher(output)
  const reports = await migratePlan(await context.migrations(), label, migrationStores, watch)
  output.status(null)
  const code = await printReports(reports, context, options)
  output.note('Nothing was written; `torghut migrate up` does.')
  return code
}

export async function applyMigrations(context: CliContext, options: MigrateOptions): Promise<ExitCode> {
  if (options.dryRun) return planMigrations(context, options)
  const { output } = context
  const { migrationStores, clock } = await openChosenDeployment(context, options)
  const { again = false, takeOver = false } = options
  const reports = await migrateUp(
    await context.migrations(),
    {
      defaultLabel: options.defaultLabel ?? DEFAULT_LABEL,
      rowsPerSecond: options.rate ?? ROWS_PER_SECOND,
      again,
      takeOver,
    },
    migrationStores,
    { clock, pause: (milliseconds) => sleep(milliseconds), token: randomUUID },
    watcher(output),
  )
  output.status(null)
  return printReports(reports, context, options)
}

export async function verifyMigrations(context: CliContext, options: StageOption): Promise<ExitCode> {
  const { output } = context
  const { migrationStores } = await openChosenDeployment(context, options)
  const reports = await migrateVerify(await context.migrations(), migrationStores, watcher(output))
  output.status(null)
  if (options.json) await output.printJson(reports.map(verificationOf))
  else {
    for (const { id, tables, problems } of reports) {
      await output.print(id)
      const cells = tables.map(({ table, rows, items, rowsHash, itemsHash, verified }) => [
        table,
        String(rows),
        String(items),
        rowsHash.slice(0, 12),
        itemsHash.slice(0, 12),
        verified ? 'equal' : 'DIFFERENT',
      ])
      await output.printTable(['table', 'rows', 'items', 'hash of rows', 'hash of items', ''], cells)
      for (const { table, id: row, reason } of problems) await output.print(`${table} ${row}: ${reason}`)
    }
  }
  return reports.every(({ verified }) => verified) ? EXIT.ok : EXIT.negative
}

function verificationOf({ tables, ...report }: VerificationReport): object {
  const rows = tables.map(({ rowsHash, itemsHash, ...table }) => ({
    ...table,
    rows_hash: rowsHash,
    items_hash: itemsHash,
  }))
  return { ...report, tables: rows }
}

function statusOf({ migration, state, entry }: MigrationStatus): object {
  return {
    id: migration.id,
    description: migration.description,
    state,
    table: entry === null ? null : (migration.steps[entry.step]?.table ?? null),
    after: entry?.after ?? null,
    counts: entry?.counts ?? null,
    default_label: entry?.defaultLabel ?? null,
    started_at: entry === null ? null : formatInstant(entry.startedAt),
    applied_at: entry?.appliedAt === null || entry === null ? null : formatInstant(entry.appliedAt),
  }
}

function cellsOf({ migration, state, entry }: MigrationStatus): string[] {
  const at = entry === null ? '-' : formatInstant(entry.appliedAt ?? entry.startedAt)
  return [migration.id, state, String(entry?.counts.rows ?? 0), at, entry?.defaultLabel ?? '-']
}

/** Rows that are no rows of their table are left as they are, and are a negative result. */
async function printReports(
  reports: readonly MigrationReport[],
  { output }: CliContext,
  { json }: MigrateOptions,
): Promise<ExitCode> {
  if (json) {
    await output.printJson(reports.map(({ byTable, ...report }) => ({ ...report, by_table: byTable })))
  }
  for (const { id, kind, counts, byTable, problems } of json ? [] : reports) {
    await output.print(`${id}: ${kind.replace('_', ' ')}`)
    const rows = Object.entries(byTable ?? (counts === null ? {} : { all: counts }))
    const cells = rows.map(([table, found]) => [table].concat(COUNTS.map((name) => String(found[name]))))
    await output.printTable(['table', ...COUNTS], cells)
    for (const { table, id: row, reason } of problems) await output.print(`${table} ${row}: ${reason}`)
  }
  return reports.every(({ problems }) => problems.length === 0) ? EXIT.ok : EXIT.negative
}

/** On a terminal how many rows are done, otherwise a line for every ten thousand. */
function watcher(output: Output): (id: string, table: string, rows: number) => void {
  let told = ''
  return (id, table, rows) => {
    output.status(`${id}: ${table}, ${rows} rows`)
    const line = `${table} ${Math.floor(rows / 10_000)}`
    if (output.isWatched || line === told) return
    told = line
    output.note(`${id}: ${table}, ${rows} rows`)
  }
}
