/**
 * What an equity curve is worth, in the definitions of the usual packages (docs/backtest.md#figures): daily closes, no risk-free
 * rate, sample deviation.
 *
 * Source of the definitions: https://github.com/stefan-jansen/empyrical-reloaded (annual_return, annual_volatility, sharpe_ratio,
 * sortino_ratio, calmar_ratio, max_drawdown). A figure that is not defined (no deviation, no loss) is null.
 */
import { closesAYear, tradingDate, tradingDays } from './trading-days.ts'

export interface EquityValue {
  /** Epoch milliseconds. */
  readonly at: number
  /** Dollars. */
  readonly equity: number
}

export interface Drawdown {
  /** Share of the peak that was lost, 0 to 1. */
  readonly depth: number
  /** Dates of the peak and of the lowest close after it; null without any loss. */
  readonly from: string | null
  readonly to: string | null
  /** Date on which the peak was reached again; null: not yet. */
  readonly recovered: string | null
}

export interface EquityFigures {
  /** Closes, one a day. */
  readonly days: number
  /** How much of a year these are. */
  readonly years: number
  readonly totalReturn: number
  readonly annualReturn: number | null
  readonly annualVolatility: number | null
  readonly sharpe: number | null
  readonly sortino: number | null
  readonly calmar: number | null
  readonly drawdown: Drawdown
}

/** The last value of a day. */
export interface DailyClose {
  /** As `tradingDays` gives it. */
  readonly day: number
  readonly equity: number
}

/** The last value of each day; the first point of all is what the account began with. */
export function dailyCloses(points: readonly EquityValue[]): DailyClose[] {
  const dayOf = tradingDays()
  const closes = new Map<number, number>()
  for (const { at, equity } of points) closes.set(dayOf(at), equity)
  return [...closes].map(([day, equity]) => ({ day, equity }))
}

/** @param points ascending; the first is what the account began with */
export function equityFigures(points: readonly EquityValue[]): EquityFigures {
  const start = points[0]?.equity ?? 0
  const closes = dailyCloses(points)
  const aYear = closesAYear(closes.map(({ day }) => day))
  const returns = closes.map(({ equity }, index) => equity / (closes[index - 1]?.equity ?? start) - 1)
  const end = closes.at(-1)?.equity ?? start
  const totalReturn = start === 0 ? 0 : end / start - 1
  const annualReturn = returns.length === 0 ? null : (1 + totalReturn) ** (aYear / returns.length) - 1
  const mean = average(returns)
  const deviation = sampleDeviation(returns)
  const downside = Math.sqrt(average(returns.map((value) => Math.min(value, 0) ** 2)))
  const drawdown = deepest(start, closes)
  return {
    days: returns.length,
    years: returns.length / aYear,
    totalReturn,
    annualReturn,
    annualVolatility: deviation === null ? null : deviation * Math.sqrt(aYear),
    sharpe: deviation === null || deviation === 0 ? null : (mean / deviation) * Math.sqrt(aYear),
    sortino: returns.length === 0 || downside === 0 ? null : (mean / downside) * Math.sqrt(aYear),
    calmar: annualReturn === null || drawdown.depth === 0 ? null : annualReturn / drawdown.depth,
    drawdown,
  }
}

function average(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

function sampleDeviation(values: readonly number[]): number | null {
  if (values.length < 2) return null
  const mean = average(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
}

function deepest(start: number, closes: readonly DailyClose[]): Drawdown {
  let peak = { day: closes[0]?.day ?? 0, equity: start }
  const worst = { depth: 0, from: null, to: null, recovered: null } as {
    -readonly [Name in keyof Drawdown]: Drawdown[Name]
  }
  let regain = Infinity
  for (const { day, equity } of closes) {
    if (equity >= regain) worst.recovered ??= tradingDate(day)
    if (equity >= peak.equity) peak = { day, equity }
    const depth = peak.equity === 0 ? 0 : 1 - equity / peak.equity
    if (depth <= worst.depth) continue
    Object.assign(worst, { depth, from: tradingDate(peak.day), to: tradingDate(day), recovered: null })
    regain = peak.equity
  }
  return worst
}
