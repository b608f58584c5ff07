/**
 * Schedule expressions in the words of EventBridge Scheduler (its user guide, "Schedule types"): checked before a
 * deployment does, which would say only "not valid" minutes later, and read by the dispatcher as the window in
 * which lanes run their cycles (docs/architecture.md#dispatch).
 *
 * Invariants: pure; a window is asked in wall-clock time of its zone, as the schedule itself would be.
 */
import type { EpochMs } from './time.ts'

interface CronField {
  readonly name: string
  readonly pattern: RegExp
  readonly minimum: number
  readonly maximum: number
  /** In the order of their numbers, from `minimum`. */
  readonly words: readonly string[]
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
  const pattern = new RegExp(`^(?:${list}${extra === '' ? '' : `|${extra}`})$`)
  return { name, pattern, minimum, maximum, words: words === '' ? [] : words.split('|') }
}

/** What is wrong with a `rate(...)` or `cron(...)` expression; null when nothing is. */
export function scheduleExpressionFault(expression: string): string | null {
  const rate = /^rate\((\d+) (minutes?|hours?|days?)\)$/.exec(expression)
  if (rate !== null) return rateFault(Number(rate[1]), rate[2] ?? '')
  const fields = cronFields(expression)
  if (fields !== null) return cronFault(fields)
  return 'neither rate(<number> minutes|hours|days) nor cron(<minutes> <hours> <day of month> <month> <day of week> <year>)'
}

function rateFault(value: number, unit: string): string | null {
  if (value < 1) return 'a rate of at least 1'
  if ((value === 1) === unit.endsWith('s')) return `"1 minute" but "2 minutes": not "${value} ${unit}"`
  return null
}

function cronFields(expression: string): readonly string[] | null {
  const cron = /^cron\((.+)\)$/.exec(expression)
  return cron === null ? null : (cron[1] ?? '').trim().split(/\s+/)
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

/**
 * The most minutes that lie between two ticks of a schedule that runs at all hours of all days; null for any
 * other, and for one that leaves more than five.
 */
export function minutesBetweenTicks(expression: string): number | null {
  if (scheduleExpressionFault(expression) !== null) return null
  const rate = /^rate\((\d+) minutes?\)$/.exec(expression)
  const cron = /^cron\((\*|(?:(\*|\d+)\/(\d+))) \* (?:\* \* \?|\? \* \*) \*\)$/.exec(expression)
  const step = Number(rate?.[1] ?? cron?.[3] ?? (cron === null ? 0 : 1))
  const start = Number(cron?.[2]?.replace('*', '0') ?? 0)
  // a later start, or a step that an hour is no multiple of, leaves a longer pause in every hour
  const even = rate !== null || (60 % step === 0 && start < step)
  return step >= 1 && step <= 5 && even ? step : null
}

/** When lanes may run: at all times, or in the minutes that a cron expression names. */
export type TradingWindow = (at: EpochMs) => boolean
export const ALWAYS = 'always'

/** What is wrong with a window; null when nothing is. */
export function tradingWindowFault(expression: string): string | null {
  if (expression === ALWAYS) return null
  const fields = cronFields(expression)
  return fields === null ? '"always" or cron(...)' : cronFault(fields)
}

/** @param expression one without a fault */
export function tradingWindow(expression: string, timeZone: string): TradingWindow {
  if (expression === ALWAYS) return () => true
  const fields = cronFields(expression) ?? []
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  return (at) => {
    const part = new Map(format.formatToParts(at).map(({ type, value }) => [type as string, Number(value)]))
    const of = (name: string): number => part.get(name) ?? Number.NaN
    const day: Day = {
      day: of('day'),
      weekday: new Date(Date.UTC(of('year'), of('month') - 1, of('day'))).getUTCDay() + 1,
      last: new Date(Date.UTC(of('year'), of('month'), 0)).getUTCDate(),
    }
    const values = [of('minute'), of('hour'), day.day, of('month'), day.weekday, of('year')]
    return CRON_FIELDS.every((rule, index) => {
      const text = fields[index] ?? ''
      return dayRule(text, rule.name, day) ?? inList(text, values[index] ?? Number.NaN, rule)
    })
  }
}

interface Day {
  readonly day: number
  /** Sunday is 1. */
  readonly weekday: number
  /** The month's last day. */
  readonly last: number
}

/** What the forms with `?`, `L`, `W` and `#` say of a day; null for any other form. */
function dayRule(text: string, name: string, { day, weekday, last }: Day): boolean | null {
  if (text === '?') return true
  if (name === 'day of month') {
    if (text === 'L') return day === last
    if (text === 'LW') return day === nearestWeekday(last, { day, weekday, last })
    if (text.endsWith('W')) {
      return day === nearestWeekday(Math.min(Number(text.slice(0, -1)), last), { day, weekday, last })
    }
  }
  if (name === 'day of week') {
    if (text === 'L') return weekday === 7
    if (text.endsWith('L')) return weekday === Number(text[0]) && day + 7 > last
    if (text[1] === '#') return weekday === Number(text[0]) && Math.ceil(day / 7) === Number(text[2])
  }
  return null
}

/** The weekday that is nearest to a day of the same month. */
function nearestWeekday(wanted: number, { day, weekday, last }: Day): number {
  const of = (((weekday - 1 + wanted - day) % 7) + 7) % 7
  if (of === 6) return wanted === 1 ? 3 : wanted - 1
  if (of === 0) return wanted === last ? wanted - 2 : wanted + 1
  return wanted
}

function inList(text: string, value: number, { minimum, maximum, words }: CronField): boolean {
  const number = (word: string): number =>
    words.includes(word) ? words.indexOf(word) + minimum : Number(word)
  return text.split(',').some((part) => {
    const [range = '', step = '1'] = part.split('/')
    const [low = '', high] = range === '*' ? [String(minimum), String(maximum)] : range.split('-')
    const from = number(low)
    const to = high === undefined ? (part.includes('/') ? maximum : from) : number(high)
    // a range such as FRI-MON goes on at the field's beginning
    const within = from <= to ? value >= from && value <= to : value >= from || value <= to
    const passed = value >= from ? value - from : value - from + maximum - minimum + 1
    return within && passed % Math.max(Number(step), 1) === 0
  })
}
