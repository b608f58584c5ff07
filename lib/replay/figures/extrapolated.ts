/** How much figures a year can say (docs/backtest.md#figures). Imports types alone: the report's page has it too. */
import type { EquityFigures } from './equity-figures.ts'

/** What is brought to a year from less than this is hardly more than a guess. */
const SHORT_YEARS = 0.25

/** What figures a year are brought to it from, where that is too short to say so much; else null. */
export function extrapolated({ days, years }: EquityFigures): string | null {
  return years >= SHORT_YEARS ? null : `from ${days} ${days === 1 ? 'day' : 'days'} only`
}
