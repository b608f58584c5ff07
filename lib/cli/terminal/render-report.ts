/** A run's report as people read it: one table and one picture per account. */
import Table from 'cli-table3'
import type { Colors } from './output.ts'
import { formatDecimal, round } from '../../domain/decimal.ts'
import { equityChart } from './equity-chart.ts'
import { type AccountReport, type Counts, total } from '../../local/run-report.ts'

const CHART_WIDTH = 60
const CHART_HEIGHT = 5
/** An outer frame, no lines inside. */
const FRAME = {
  'top-mid': '─',
  'bottom-mid': '─',
  mid: '',
  'left-mid': '',
  'mid-mid': '',
  'right-mid': '',
  middle: ' ',
}

export function renderReport(report: AccountReport, colors: Colors): string {
  const table = new Table({
    style: { head: [], border: [] },
    chars: FRAME,
    colAligns: ['left', 'right', 'left'],
    wordWrap: true,
    colWidths: [17, 11, 48],
  })
  table.push(
    ['signals', report.signals, ''],
    ['intents', report.intents, ''],
    ['conflicts', report.conflicts, ''],
    ['decisions', report.decisions, ''],
    ['orders', total(report.orders), inWords(report.orders)],
    ['denials', total(report.denials), inWords(report.denials)],
    ['strategy errors', total(report.strategyErrors), inWords(report.strategyErrors)],
    ['circuits opened', report.circuitOpenings, `closed again: ${report.circuitClosings}`],
    ['fallbacks', total(report.fallbacks), inWords(report.fallbacks)],
    ['cursor', report.cursor, ''],
    ['equity', formatDecimal(round(report.equity, 2)), ''],
  )
  const chart = equityChart(report.equityHistory, CHART_WIDTH, CHART_HEIGHT)
  return [` ${colors.bold(report.label)}`, table.toString(), ...chart.map((line) => ` ${line}`)].join('\n')
}

function inWords(counts: Counts): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
