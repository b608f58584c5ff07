/**
 * What an equity curve is worth, in the definitions of the usual packages (docs/backtest.md#figures): daily closes, no risk-free
 * rate, sample deviation.
 *
 * Source of the definitions: https://github.com/stefan-jansen/empyrical-reloaded (annual_return, annual_volatility, sharpe_ratio,
 * sortino_ratio, calmar_ratio, max_drawdown). A figure that is not defined (no deviation, no loss; a return on an account that is
 * in debt; more than a double holds) is null.
 */
import { closesAYear, tradingDate, tradingDays } from './trading-days.ts'

export interface EquityValue {
  /** Epoch milliseconds. */
  readonly at: number
  /** Dollars. */
  readonly equity: number
}

export interface Drawdown {
  /** Share of the peak that was lost: from 0, and above 1 where the account came into debt. */
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
  const years = closes.length / aYear
  const end = closes.at(-1)?.equity ?? start
  const totalReturn = start === 0 ? 0 : end / start - 1
  const annualReturn = yearly(totalReturn, years)
  const returns = dailyReturns(start, closes)
  const mean = average(returns)
  const deviation = sampleDeviation(returns)
  const downside = Math.sqrt(average(returns.map((value) => Math.min(value, 0) ** 2)))
  const drawdown = deepest(start, closes)
  return {
    days: closes.length,
    years,
    totalReturn,
    annualReturn,
    annualVolatility: deviation === null ? null : deviation * Math.sqrt(aYear),
    sharpe: deviation === null || deviation === 0 ? null : (mean / deviation) * Math.sqrt(aYear),
    sortino: downside === 0 ? null : (mean / downside) * Math.sqrt(aYear),
    calmar: annualReturn === null || drawdown.depth === 0 ? null : annualReturn / drawdown.depth,
    drawdown,
  }
}

/** Null: no power of a debt is a return, and that of a gain of minutes may be beyond any number. */
function yearly(totalReturn: number, years: number): number | null {
  if (years === 0 || totalReturn < -1) return null
  const factor = (1 + totalReturn) ** (1 / years)
  return Number.isFinite(factor) ? factor - 1 : null
}

/** None at all where one of them would be on nothing, or on a debt: it would say the opposite of what happened. */
function dailyReturns(start: number, closes: readonly DailyClose[]): number[] {
  const before = closes.map((_, index) => closes[index - 1]?.equity ?? start)
  if (before.some((equity) => equity <= 0)) return []
  return closes.map(({ equity }, index) => equity / (before[index] ?? equity) - 1)
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
