/** What an equity curve comes to by the textbook, in a few lines that share nothing with the code. */

export const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** `YYYY-MM-DD` of New York's calendar. */
const NEW_YORK = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/New_York' })

/** By the textbook: returns of days against the day before. */
export function statistics(curve: readonly { readonly at: number; readonly equity: number }[]) {
  const days = new Map(curve.map(({ at, equity }) => [NEW_YORK.format(at), equity]))
  const closes = [...days.values()]
  const returns = closes.map(
    (close, day) => close / (day === 0 ? (curve[0]?.equity ?? 0) : (closes[day - 1] ?? 0)) - 1,
  )
  const mean = sum(returns) / returns.length
  const spread = Math.sqrt(sum(returns.map((value) => (value - mean) ** 2)) / (returns.length - 1))
  const down = Math.sqrt(sum(returns.map((value) => (value < 0 ? value ** 2 : 0))) / returns.length)
  const whole = (closes.at(-1) ?? 0) / (curve[0]?.equity ?? 1) - 1
  const yearly = (1 + whole) ** (252 / returns.length) - 1
  const falls = closes.map(
    (close, day) => 1 - close / Math.max(curve[0]?.equity ?? 0, ...closes.slice(0, day + 1)),
  )
  const depth = Math.max(0, ...falls)
  return {
    days: returns.length,
    total_return: whole,
    annual_return: yearly,
    annual_volatility: spread * Math.sqrt(252),
    sharpe: spread === 0 ? null : (mean / spread) * Math.sqrt(252),
    sortino: down === 0 ? null : (mean / down) * Math.sqrt(252),
    calmar: depth === 0 ? null : yearly / depth,
    depth,
  }
}
