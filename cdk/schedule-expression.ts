/**
 * Checks schedule expressions of EventBridge Scheduler before a deployment does, which would say only "not
 * valid" minutes later. Source: EventBridge Scheduler user guide, "Schedule types".
 */

interface CronField {
  readonly name: string
  readonly pattern: RegExp
  readonly minimum: number
  readonly maximum: number
}

const MONTHS = 'JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC'
const DAYS = 'SUN|MON|TUE|WED|THU|FRI|SAT'

const CRON_FIELDS: readonly CronField[] = [
  field('minutes', '', 0, 59),
  field('hours', '', 0, 23),
  field('day of month', '', 1, 31, String.raw`\?|L|LW|\d{1,2}W`),
  field('month', MONTHS, 1, 12),
  field('day of week', DAYS, 1, 7, String.raw`\?|L|[1-7]L|[1-7]#[1-5]`),
  field('year', '', 1970, 2199),
]

function field(name: string, words: string, minimum: number, maximum: number, extra = ''): CronField {
  const value = words === '' ? String.raw`\d{1,4}` : String.raw`(?:\d{1,2}|${words})`
  const part = String.raw`(?:\*|${value}(?:-${value})?)(?:/\d{1,4})?`
  const list = `${part}(?:,${part})*`
  return { name, pattern: new RegExp(`^(?:${list}${extra === '' ? '' : `|${extra}`})$`), minimum, maximum }
}

/** What is wrong with a `rate(...)` or `cron(...)` expression; null when nothing is. */
export function scheduleExpressionFault(expression: string): string | null {
  const rate = /^rate\((\d+) (minutes?|hours?|days?)\)$/.exec(expression)
  if (rate !== null) return rateFault(Number(rate[1]), rate[2] ?? '')
  const cron = /^cron\((.+)\)$/.exec(expression)
  if (cron !== null) return cronFault((cron[1] ?? '').trim().split(/\s+/))
  return 'neither rate(<number> minutes|hours|days) nor cron(<minutes> <hours> <day of month> <month> <day of week> <year>)'
}

function rateFault(value: number, unit: string): string | null {
  if (value < 1) return 'a rate of at least 1'
  if ((value === 1) === unit.endsWith('s')) return `"1 minute" but "2 minutes": not "${value} ${unit}"`
  return null
}

function cronFault(fields: readonly string[]): string | null {
  if (fields.length !== CRON_FIELDS.length) return `six fields in cron(...), not ${fields.length}`
  for (const [index, { name, pattern, minimum, maximum }] of CRON_FIELDS.entries()) {
    const text = fields[index] ?? ''
    const range = `${name} from ${minimum} to ${maximum}`
    if (!pattern.test(text)) return `${range}, not ${JSON.stringify(text)}`
    const numbers = text.replace(/[/#]\d+/g, '').match(/\d+/g) ?? []
    if (numbers.some((number) => Number(number) < minimum || Number(number) > maximum)) {
      return `${range}, not ${JSON.stringify(text)}`
    }
  }
  if ((fields[2] === '?') === (fields[4] === '?')) {
    return '"?" in exactly one of day of month and day of week'
  }
  return null
}
