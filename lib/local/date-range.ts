/** The options `--from` and `--to`. */
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import type { DateRange } from '../market/schedule.ts'

const DATE = /^\d{4}-\d{2}-\d{2}$/

/** @throws ConfigurationError for what is no date, or a range that ends before it begins. */
export function parseRange(from: string | undefined, to: string | undefined): DateRange {
  const violations: Violation[] = []
  for (const [path, text] of [
    ['--from', from],
    ['--to', to],
  ] as const) {
    if (text !== undefined && !isDate(text)) {
      violations.push({ path, found: JSON.stringify(text), allowed: 'a date as YYYY-MM-DD' })
    }
  }
  if (violations.length === 0 && from !== undefined && to !== undefined && to < from) {
    violations.push({ path: '--to', found: to, allowed: `${from} (--from) or later` })
  }
  if (violations.length > 0) throw new ConfigurationError('The dates', violations)
  return { from: from ?? null, to: to ?? null }
}

function isDate(text: string): boolean {
  if (!DATE.test(text)) return false
  const at = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}
