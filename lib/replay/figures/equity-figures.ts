/**
 * What an equity curve is worth, in the definitions of the usual packages (docs/backtest.md#figures): daily closes, 252 trading
 * days a year, no risk-free rate, sample deviation.
 *
 * Source of the definitions: https://github.com/stefan-jansen/empyrical-reloaded (annual_return, annual_volatility, sharpe_ratio,
 * sortino_ratio, calmar_ratio, max_drawdown). A figure that is not defined (no deviation, no loss) is null.
 */
import { dateOf } from '../../market/bar-series.ts'
import { asEpochMs } from '../../domain/time.ts'

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
  readonly days: number
  readonly totalReturn: number
  readonly annualReturn: number | null
  readonly annualVolatility: number | null
  readonly sharpe: number | null
  readonly sortino: number | null
  readonly calmar: number | null
  readonly drawdown: Drawdown
}

const DAYS_A_YEAR = 252

/** The last value of each date, after the first value, which is what the account began with. */
export function dailyCloses(
  points: readonly EquityValue[],
): { readonly date: string; readonly equity: number }[] {
  const closes = new Map<string, number>()
  for (const { at, equity } of points) closes.set(dateOf(asEpochMs(at)), equity)
  return [...closes].map(([date, equity]) => ({ date, equity }))
}

/** @param points ascending; the first is what the account began with */
export function equityFigures(points: readonly EquityValue[]): EquityFigures {
  const start = points[0]?.equity ?? 0
  const closes = dailyCloses(points)
  const returns = closes.map(({ equity }, index) => equity / (closes[index - 1]?.equity ?? start) - 1)
  const end = closes.at(-1)?.equity ?? start
  const totalReturn = start === 0 ? 0 : end / start - 1
  const annualReturn = returns.length === 0 ? null : (1 + totalReturn) ** (DAYS_A_YEAR / returns.length) - 1
  const mean = average(returns)
  const deviation = sampleDeviation(returns)
  const downside = Math.sqrt(average(returns.map((value) => Math.min(value, 0) ** 2)))
  const drawdown = deepest(start, closes)
  return {
    days: returns.length,
    totalReturn,
    annualReturn,
    annualVolatility: deviation === null ? null : deviation * Math.sqrt(DAYS_A_YEAR),
    sharpe: deviation === null || deviation === 0 ? null : (mean / deviation) * Math.sqrt(DAYS_A_YEAR),
    sortino: returns.length === 0 || downside === 0 ? null : (mean / downside) * Math.sqrt(DAYS_A_YEAR),
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

function deepest(
  start: number,
  closes: readonly { readonly date: string; readonly equity: number }[],
): Drawdown {
  let peak = { date: closes[0]?.date ?? null, equity: start }
  const worst = { depth: 0, from: null, to: null, recovered: null } as {
    -readonly [Name in keyof Drawdown]: Drawdown[Name]
  }
  let regain = Infinity
  for (const { date, equity } of closes) {
    if (equity >= regain) worst.recovered ??= date
    if (equity >= peak.equity) peak = { date, equity }
    const depth = peak.equity === 0 ? 0 : 1 - equity / peak.equity
    if (depth <= worst.depth) continue
    Object.assign(worst, { depth, from: peak.date, to: date, recovered: null })
    regain = peak.equity
  }
  return worst
}
