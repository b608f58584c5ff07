/** `torghut report`: the report page of a stage's sealed cycles, or of the run in the working folder. */
import { resolve } from 'node:path'
import { formatInstant } from '../../domain/time.ts'
import { laneReport, type LaneSpan, readLaneRecords, readPrices } from '../../operations/lane-report.ts'
import type { CliContext } from '../context.ts'
import { requireWritable } from '../terminal/output-file.ts'
import { writeReportFile } from '../report-file.ts'
import { asSealed, type SealedLanes, type SealedLanesOptions, withSealedLanes } from '../sealed-lanes.ts'
import { chosenStage } from '../target.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { parseSince, type Since } from '../verb.ts'

interface ReportOptions extends SealedLanesOptions {
  readonly since?: Since
  readonly out: string
}

/** Negative, and no file, when there is no cycle to report. */
export async function runReport(context: CliContext, options: ReportOptions): Promise<ExitCode> {
  const stage = chosenStage(context, options)
  await requireWritable('--out', options.out, context.folder)
  return withSealedLanes(context, options, options.since ?? parseSince('30d'), (lanes) =>
    reportLanes(context, options, lanes, stage ?? 'the run in .torghut/'),
  )
}

async function reportLanes(
  { output, folder }: CliContext,
  { out, json }: ReportOptions,
  lanes: SealedLanes,
  name: string,
): Promise<ExitCode> {
  const { stores, source, since, accounts } = lanes
  const read = []
  for (const account of accounts) {
    const span: LaneSpan = { account, source, since }
    output.status(`reading ${account}`)
    const records = await readLaneRecords(stores, span)
    if (records === null)
      output.note(`${account}: no cycle${since === null ? '' : ` since ${formatInstant(since)}`}`)
    else read.push({ span, records })
  }
  output.status(null)
  const positions = read.flatMap(({ records }) => records.positions ?? [])
  if (read.length === 0) return EXIT.negative
  const prices = await readPrices(stores.signals, source, {
    first: Math.min(...positions.map(({ first }) => first)),
    last: Math.max(...positions.map(({ last }) => last)),
  })
  const deps = asSealed(lanes)
  const reported = read.map(({ span, records }) => laneReport(span, records, prices, deps))
  const title = `${name}${since === null ? '' : `, since ${formatInstant(since)}`}`
  await writeReportFile(
    { title, terms: null, digest: null, prices, accounts: reported },
    resolve(folder, out),
  )
  const rows = reported.map(({ label, figures }) => {
    const { startEquity, endEquity, equity, buyAndHold } = figures
    return {
      account: label,
      trades: figures.trades.trades,
      start: startEquity,
      end: endEquity,
      total_return: equity.totalReturn,
      drawdown: equity.drawdown.depth,
      buy_and_hold: buyAndHold,
    }
  })
  if (json) await output.printJson({ file: out, accounts: rows })
  else {
    await output.printTable(
      ['account', 'trades', 'start', 'end', 'return', 'deepest fall', 'buy and hold'],
      rows.map((row) => [
        row.account,
        row.trades,
        row.start.toFixed(2),
        row.end.toFixed(2),
        percent(row.total_return),
        percent(-row.drawdown),
        row.buy_and_hold === null ? '' : percent(row.buy_and_hold),
      ]),
    )
  }
  output.note(`Wrote ${out}`)
  return EXIT.ok
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`
}
