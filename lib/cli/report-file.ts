/** Writes the report of a run as one file; the page that shows it is what the build has made. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StateError } from '../domain/errors.ts'
import type { ReportWriter } from '../local/finished-run.ts'
import { reportInputs } from '../local/report-inputs.ts'
import {
  type ReportHead,
  type ReportInputs,
  type ReportPage,
  writeReport,
} from '../replay/report/write-report.ts'
import { packageRoot } from './terminal/input-file.ts'

/** @param path absolute @throws StateError when the page was not built: before anything is run */
export async function reportWriter(head: ReportHead, path: string): Promise<ReportWriter> {
  const page = await readPage()
  return async (run) => {
    await writeFile(path, await writeReport(reportInputs(head, run), page))
  }
}

/** Writes a report of what was read already. @param path absolute @throws StateError when the page was not built */
export async function writeReportFile(inputs: ReportInputs, path: string): Promise<void> {
  const page = await readPage()
  await writeFile(path, await writeReport(inputs, page))
}

/** As `reportWriter`; null, and said why, where the page was not built: a report that nobody asked for ends no run. */
export async function optionalReportWriter(
  head: ReportHead,
  path: string,
  note: (line: string) => void,
): Promise<ReportWriter | null> {
  try {
    return await reportWriter(head, path)
  } catch (error) {
    if (!(error instanceof StateError)) throw error
    note(`No report: ${error.message}. ${error.advice ?? ''}`)
    return null
  }
}

async function readPage(): Promise<ReportPage> {
  const folder = join(packageRoot(), 'dist', 'report')
  try {
    const [script, style] = await Promise.all([
      readFile(join(folder, 'page.js'), 'utf8'),
      readFile(join(folder, 'style.css'), 'utf8'),
    ])
    return { script, style }
  } catch (cause) {
    throw new StateError('the page of reports is not built', {
      cause,
      advice: 'Run `npm run build` and try again.',
    })
  }
}
