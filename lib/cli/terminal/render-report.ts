/** A run's report as people read it: one table and one picture per account. */
import Table from 'cli-table3'
import { renderFailures } from './failure-notes.ts'
import type { Colors } from './output.ts'
import { formatDecimal, round } from '../../domain/decimal.ts'
import type { EquityHistory } from '../../local/cycle-tally.ts'
import type { AccountReport } from '../../local/run-report.ts'
import { type Counts, total } from '../../replay/report/account-counts.ts'
import { extrapolated } from '../../replay/figures/extrapolated.ts'
import type { RunFigures } from '../../replay/figures/run-figures.ts'
import { tradingDate, tradingDays } from '../../replay/figures/trading-days.ts'

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

export function renderReport(report: AccountReport, figures: RunFigures, colors: Colors): string {
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
    ['equity', formatDecimal(round(report.equity, 2)), equityInWords(figures)],
    ['return', percent(figures.equity.totalReturn), benchmarkInWords(figures)],
    ['max drawdown', percent(-figures.equity.drawdown.depth), drawdownInWords(figures)],
    ['Sharpe', ratio(figures.equity.sharpe), `volatility ${percent(figures.equity.annualVolatility)} a year`],
    ['round trips', figures.trades.roundTrips, roundTripsInWords(figures)],
  )
  const chart = equityChart(report.equityHistory, CHART_WIDTH, CHART_HEIGHT)
  return [
    ` ${colors.bold(report.label)}`,
    table.toString(),
    ...renderFailures(report.failures, colors),
    ...chart.map((line) => ` ${line}`),
  ].join('\n')
}

/** Start, end, return, deepest fall, buy and hold. */
export function inShort({ startEquity, endEquity, equity, buyAndHold }: RunFigures): string[] {
  return [
    money(startEquity),
    money(endEquity),
    percent(equity.totalReturn),
    percent(-equity.drawdown.depth),
    percent(buyAndHold),
  ]
}

function equityInWords({ startEquity, exposure }: RunFigures): string {
  return `of ${money(startEquity)}; invested ${percent(exposure)} of the time`
}

function benchmarkInWords({ buyAndHold, bySymbol, equity }: RunFigures): string {
  const symbols = bySymbol.map((one) => `${one.symbol} ${percent(one.buyAndHold)}`).join(', ')
  const held =
    buyAndHold === null ? '' : `buy and hold ${percent(buyAndHold)}${symbols === '' ? '' : ` (${symbols})`}`
  if (equity.annualReturn === null) return held
  const from = extrapolated(equity)
  return `${percent(equity.annualReturn)} a year${from === null ? '' : ` (${from})`}; ${held}`
}

function drawdownInWords({ equity: { drawdown } }: RunFigures): string {
  const { from, to, recovered } = drawdown
  if (from === null || to === null) return ''
  return `${from} to ${to}${recovered === null ? ', not yet recovered' : `, recovered ${recovered}`}`
}

function roundTripsInWords({ trades: { winRate, profitFactor, fees } }: RunFigures): string {
  if (winRate === null) return ''
  const paid = fees === 0 ? '' : `, fees ${money(fees)}`
  return `won ${percent(winRate)}, profit factor ${ratio(profitFactor)}${paid}`
}

function percent(share: number | null): string {
  return share === null ? '-' : `${(share * 100).toFixed(1).replace(/^-(?=0\.0$)/, '')}%`
}

function ratio(value: number | null): string {
  return value === null ? '-' : value.toFixed(2)
}

function inWords(counts: Counts): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const DECIMAL_UNITS = 1e8

/**
 * Draws `height` lines of at most `width` columns and an axis with the first and the last date; a column
 * shows the last value of its part of the time. Nothing for fewer than two points.
 */
export function equityChart(points: EquityHistory, width: number, height: number): string[] {
  const values = sample(points, width)
  const [first, last] = [points.at(0), points.at(points.length - 1)]
  if (first === undefined || last === undefined || values.length < 2) return []
  const low = Math.min(...values)
  const high = Math.max(...values)
  const steps = height * (EIGHTHS.length - 1)
  const levels = values.map((value) =>
    high === low ? 1 : Math.max(1, Math.round(((value - low) / (high - low)) * steps)),
  )
  const labels = new Map([
    [0, money(high)],
    [height - 1, money(low)],
  ])
  const margin = Math.max(money(high).length, money(low).length)
  const lines = Array.from({ length: height }, (_, row) => {
    const floor = (height - 1 - row) * (EIGHTHS.length - 1)
    const bars = levels.map((level) => EIGHTHS[Math.min(Math.max(level - floor, 0), 8)]).join('')
    return `${(labels.get(row) ?? '').padStart(margin)} ${bars}`.trimEnd()
  })
  const dayOf = tradingDays()
  const [from, to] = [first, last].map(({ at }) => tradingDate(dayOf(at)))
  const gap = Math.max(1, values.length - (from?.length ?? 0) - (to?.length ?? 0))
  return [...lines, `${' '.repeat(margin)} ${from}${' '.repeat(gap)}${to}`]
}

function sample(points: EquityHistory, width: number): number[] {
  const columns = Math.min(width, points.length)
  return Array.from({ length: columns }, (_, column) => {
    const index = Math.round(((column + 1) * points.length) / columns) - 1
    return Number(points.at(index)?.equity ?? 0n) / DECIMAL_UNITS
  })
}

function money(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
