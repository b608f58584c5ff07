/**
 * Imports an export of the Python service's rows into a stage's state (docs/import.md): read whole first, then stored
 * page by page, from where an interrupted import was left.
 *
 * Invariants: additive: what is stored already stands; a page is recorded only after all of it is written, and every
 * write is safe to repeat; a pointer is stored before its execution; a row that cannot be taken is named, and costs no
 * other row its place.
 */
import { createHash } from 'node:crypto'
import type { AccountLabel } from '../domain/account-label.ts'
import type { BrokerTarget } from '../domain/account.ts'
import { inParallel } from '../domain/in-parallel.ts'
import { type ExportedTable, EXPORTED_TABLES } from '../formats/exported-rows.ts'
import { addCounts, NO_COUNTS } from '../migrations/isolate-page.ts'
import { type LeaseDeps, recordPlace, takeLease } from '../migrations/lease.ts'
import type { MigrationCounts } from '../ports/migration-ledger.ts'
import type { StateStores } from '../ports/state-stores.ts'
import { type ExportFiles, ordersByDecision, type ReadRow, readExport } from './read-export.ts'
import { storeImported } from './store-imported.ts'

export interface ImportOptions {
  readonly defaultLabel: AccountLabel
  /** Of decisions, whose rows do not say it. */
  readonly source: string
  readonly targets: ReadonlyMap<AccountLabel, BrokerTarget>
  readonly rowsPerSecond: number
  /** Only read it and say what is wrong. */
  readonly dryRun: boolean
  /** Also an export that was imported to its end. */
  readonly again: boolean
  readonly takeOver: boolean
}

export interface ImportDeps extends LeaseDeps {
  readonly stores: StateStores
  readonly pause: (milliseconds: number) => Promise<unknown>
}

export interface ImportProblem {
  readonly file: string
  readonly line: number
  readonly reason: string
}

export interface ImportReport {
  readonly kind: 'planned' | 'imported' | 'already_imported'
  /** Of all of it, earlier runs of the same import included; of a plan what was read. */
  readonly counts: MigrationCounts
  readonly rows: Readonly<Record<ExportedTable, number>>
  readonly problems: readonly ImportProblem[]
}

const PAGE_ROWS = 200
const WRITTEN_AT_ONCE = 25

/**
 * @throws InUseError while another import of the same export runs; ConfigurationError for another default label than an
 *   interrupted one had; what the files' reader throws
 */
export async function importRows(
  files: ExportFiles,
  options: ImportOptions,
  deps: ImportDeps,
  progress: (text: string) => void,
): Promise<ImportReport> {
  const context = { ...options, decisions: new Map(), orders: await ordersByDecision(files) }
  const hash = createHash('sha256')
  const read = { lines: (table: ExportedTable) => hashed(files.lines(table), hash, table) }
  const problems: ImportProblem[] = []
  const rows = { trade_decisions: 0, executions: 0, execution_order_events: 0, trade_cursor: 0 }
  for await (const { table, line, imported } of readExport(read, context)) {
    rows[table] += 1
    if (rows[table] % PAGE_ROWS === 0) progress(`${table}: ${rows[table]} rows read`)
    if (imported.kind === 'unusable') {
      problems.push({ file: `${table}.jsonl`, line, reason: imported.reason })
    }
  }
  const all = Object.values(rows).reduce((sum, count) => sum + count, 0)
  const planned = { ...NO_COUNTS, rows: all, unusable: problems.length }
  if (options.dryRun) return { kind: 'planned', counts: planned, rows, problems }
  const id = `import_${hash.digest('hex').slice(0, 16)}`
  const before = await deps.ledger.read(id)
  if (before?.state === 'applied' && !options.again) {
    return { kind: 'already_imported', counts: before.counts, rows, problems }
  }
  let entry = await takeLease(id, before, options, deps)
  const from = { step: entry.step, line: Number(entry.after ?? 0) }
  for await (const page of pagesOf(readExport(files, { ...context, decisions: new Map() }), from)) {
    const begun = deps.clock.monotonic()
    const counts = addCounts(entry.counts, await storePage(page.rows, deps))
    entry = await recordPlace({ ...entry, step: page.step, after: String(page.line), counts }, deps)
    progress(`${EXPORTED_TABLES[page.step]}: line ${page.line}, ${counts.rows} of ${all} rows stored`)
    const due = (page.rows.length / options.rowsPerSecond) * 1000
    const used = deps.clock.monotonic() - begun
    if (due > used) await deps.pause(due - used)
  }
  const { counts } = await recordPlace({ ...entry, state: 'applied', appliedAt: deps.clock.now() }, deps)
  return { kind: 'imported', counts, rows, problems }
}

async function* hashed(
  lines: AsyncIterable<string> | null,
  hash: ReturnType<typeof createHash>,
  table: ExportedTable,
): AsyncGenerator<string> {
  hash.update(`${table}\n`)
  for await (const line of lines ?? []) {
    hash.update(`${line}\n`)
    yield line
  }
}

interface Page {
  readonly step: number
  /** The last line that it holds. */
  readonly line: number
  readonly rows: readonly ReadRow[]
}

/** Rows of one table each, behind the place that was reached. */
async function* pagesOf(
  rows: AsyncIterable<ReadRow>,
  from: { readonly step: number; readonly line: number },
): AsyncGenerator<Page> {
  let open: ReadRow[] = []
  const page = (): Page => {
    const last = open.at(-1) as ReadRow
    return { step: EXPORTED_TABLES.indexOf(last.table), line: last.line, rows: open }
  }
  for await (const row of rows) {
    const step = EXPORTED_TABLES.indexOf(row.table)
    if (step < from.step || (step === from.step && row.line <= from.line)) continue
    if (open.length === PAGE_ROWS || (open[0] !== undefined && open[0].table !== row.table)) {
      yield page()
      open = []
    }
    open.push(row)
  }
  if (open.length > 0) yield page()
}

async function storePage(rows: readonly ReadRow[], deps: ImportDeps): Promise<MigrationCounts> {
  const kinds = await inParallel(rows, WRITTEN_AT_ONCE, async ({ imported }) =>
    imported.kind === 'unusable' ? imported.kind : storeImported(imported.value, deps),
  )
  const count = (kind: (typeof kinds)[number]) => kinds.filter((one) => one === kind).length
  return {
    rows: rows.length,
    put: count('put'),
    same: count('same'),
    standing: count('standing'),
    unusable: count('unusable'),
  }
}
