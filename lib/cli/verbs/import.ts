/** `torghut import DIR`: takes over the rows of the Python service, exported as JSON lines. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { accountLabel, type AccountLabel } from '../../domain/account-label.ts'
import { ConfigurationError } from '../../domain/errors.ts'
import { EXPORTED_TABLES } from '../../formats/exported-rows.ts'
import { violation } from '../../formats/violations.ts'
import { readFleet } from '../../operations/deployment.ts'
import { importRows, type ImportReport } from '../../operations/import-rows.ts'
import type { ExportFiles } from '../../operations/read-export.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { readLines } from '../terminal/input-file.ts'
import { openChosenDeployment, type StageOption } from '../target.ts'

interface ImportVerbOptions extends StageOption {
  readonly defaultLabel?: AccountLabel
  readonly rate?: number
  readonly dryRun?: true
  readonly again?: true
  readonly takeOver?: true
}

const ROWS_PER_SECOND = 500
const COUNTS = ['rows', 'put', 'same', 'standing', 'unusable'] as const

export async function importFolder(
  context: CliContext,
  options: ImportVerbOptions,
  folder = '',
): Promise<ExitCode> {
  const { output } = context
  const files = filesIn(folder, context.folder)
  const deployment = await openChosenDeployment(context, options)
  const { accounts, settings } = await readFleet(deployment)
  const report = await importRows(
    files,
    {
      defaultLabel: options.defaultLabel ?? accountLabel('paper'),
      source: settings.signalSource,
      targets: new Map(accounts.map(({ label, target }) => [label, target])),
      rowsPerSecond: options.rate ?? ROWS_PER_SECOND,
      dryRun: options.dryRun === true,
      again: options.again === true,
      takeOver: options.takeOver === true,
    },
    {
      stores: deployment.stores,
      ledger: deployment.migrationStores.ledger,
      clock: deployment.clock,
      pause: (milliseconds) => sleep(milliseconds),
      token: randomUUID,
    },
    (text) => output.status(text),
  )
  output.status(null)
  if (options.json) await output.printJson(report)
  else await printReport(report, context)
  return report.problems.length === 0 ? EXIT.ok : EXIT.negative
}

async function printReport(
  { kind, counts, rows, problems }: ImportReport,
  { output }: CliContext,
): Promise<void> {
  await output.printTable(
    ['table', 'rows read', 'unusable'],
    EXPORTED_TABLES.map((table) => [
      table,
      String(rows[table]),
      String(problems.filter(({ file }) => file === `${table}.jsonl`).length),
    ]),
  )
  const said = COUNTS.map((name) => `${name} ${counts[name]}`).join(', ')
  await output.print(`${kind.replace('_', ' ')}: ${said}`)
  for (const { file, line, reason } of problems) await output.print(`${file}:${line}: ${reason}`)
  if (kind === 'planned') output.note('Nothing was written; without --dry-run it is.')
  if (kind === 'already_imported')
    output.note('Nothing was written: this export was imported; --again repeats it.')
  if (counts.standing > 0) {
    output.note(`${counts.standing} rows found something else in their place, which stands.`)
  }
}

/** A table without a file has no rows; a folder with no table at all is the wrong folder. @throws ConfigurationError */
function filesIn(folder: string, base: string): ExportFiles {
  const pathOf = (table: string): string => join(folder, `${table}.jsonl`)
  const present = EXPORTED_TABLES.filter((table) => existsSync(resolve(base, pathOf(table))))
  if (present.length === 0) {
    const names = EXPORTED_TABLES.map((table) => `${table}.jsonl`).join(', ')
    throw new ConfigurationError(
      'The export',
      [violation(folder, 'none of its files', `a folder with ${names}`)],
      { advice: 'docs/import.md says how to export the tables.' },
    )
  }
  return { lines: (table) => (present.includes(table) ? readLines(pathOf(table), base) : null) }
}
