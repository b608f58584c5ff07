/**
 * Bars files (docs/architecture.md#files): CSV with the header `timestamp,symbol,open,high,low,close,volume`.
 *
 * Invariants: a file is read whole or not at all, and every violation names file and line; the bars of a
 * symbol have strictly ascending starts, so a bar's place among its symbol's bars is stable.
 */
import type { InfoRecord } from 'csv-parse'
import { CsvError, parse } from 'csv-parse/sync'
import { type Decimal, parseDecimal } from '../domain/decimal.ts'
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import { SYMBOL_ALLOWED, parseSymbol } from '../domain/symbol.ts'
import { type EpochMs, formatInstant, parseInstant } from '../domain/time.ts'

/** One bar of a symbol. Prices are in the symbol's currency. */
export interface Bar {
  /** The bar's start; in daily bars, the day (midnight UTC). */
  readonly startsAt: EpochMs
  readonly symbol: string
  /** Open, high, low and volume are null where a source has closes only; never in a parsed file. */
  readonly open: Decimal | null
  readonly high: Decimal | null
  readonly low: Decimal | null
  readonly close: Decimal
  readonly volume: Decimal | null
}

const COLUMNS = ['timestamp', 'symbol', 'open', 'high', 'low', 'close', 'volume'] as const
/** A file of another format would otherwise report each of its lines. */
const MAX_VIOLATIONS = 20

interface Row {
  readonly record: readonly string[]
  readonly line: number
}

/**
 * Reads bars in the order of the file.
 * @param file its name, for messages
 * @throws ConfigurationError with one violation per malformed field (the first 20)
 */
export function parseBars(text: string, file: string): Bar[] {
  const rows = readRows(text, file)
  const violations: Violation[] = []
  const header = rows.shift()
  if (header === undefined || header.record.join(',') !== COLUMNS.join(',')) {
    const found = header === undefined ? 'an empty file' : JSON.stringify(header.record.join(','))
    throw unusable(file, [{ path: `${file}:1`, found, allowed: `the header ${COLUMNS.join(',')}` }])
  }
  const lastStart = new Map<string, EpochMs>()
  const bars: Bar[] = []
  for (const row of rows) {
    const before = violations.length
    const bar = readBar(row, file, lastStart, violations)
    if (violations.length === before && bar !== null) {
      lastStart.set(bar.symbol, bar.startsAt)
      bars.push(bar)
    }
  }
  if (violations.length > 0) throw unusable(file, violations)
  if (bars.length === 0) {
    throw unusable(file, [{ path: `${file}:2`, found: 'no bars', allowed: 'one bar per line' }])
  }
  return bars
}

function readRows(text: string, file: string): Row[] {
  const rows: Row[] = []
  try {
    parse(text, {
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      onRecord: (record: string[], { lines }: InfoRecord) => {
        rows.push({ record, line: lines })
        return null
      },
    })
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause
    const line = typeof cause['lines'] === 'number' ? cause['lines'] : rows.length + 1
    const violation = { path: `${file}:${line}`, found: cause.message, allowed: 'comma-separated values' }
    throw unusable(file, [violation], cause)
  }
  return rows
}

function unusable(file: string, violations: readonly Violation[], cause?: unknown): ConfigurationError {
  const shown = violations.slice(0, MAX_VIOLATIONS)
  const more = violations.length - shown.length
  if (more > 0) shown.push({ path: file, found: `${more} more such fields`, allowed: 'none' })
  return new ConfigurationError(file, shown, { cause })
}

function readBar(
  { record, line }: Row,
  file: string,
  lastStart: ReadonlyMap<string, EpochMs>,
  violations: Violation[],
): Bar | null {
  const fail = (column: string, found: string, allowed: string) => {
    violations.push({ path: `${file}:${line} ${column}`.trimEnd(), found: JSON.stringify(found), allowed })
    return null
  }
  if (record.length !== COLUMNS.length) {
    return fail('', record.join(','), `${COLUMNS.length} fields: ${COLUMNS.join(',')}`)
  }
  const [timestamp = '', name = '', ...numbers] = record
  const startsAt = parseInstant(timestamp)
  if (startsAt === null) return fail('timestamp', timestamp, 'an ISO-8601 instant with a zone')
  const symbol = parseSymbol(name)
  if (symbol === null) return fail('symbol', name, SYMBOL_ALLOWED)
  const previous = lastStart.get(symbol)
  if (previous !== undefined && startsAt <= previous) {
    return fail('timestamp', timestamp, `later than ${symbol}'s bar before (${formatInstant(previous)})`)
  }
  const values = numbers.map((text, index) => {
    const column = COLUMNS[index + 2] ?? ''
    const value = parseDecimal(text)
    if (value === null) return fail(column, text, 'a decimal number')
    if (column === 'volume' ? value < 0n : value <= 0n) {
      return fail(column, text, column === 'volume' ? 'zero or more' : 'greater than zero')
    }
    return value
  })
  const [open = null, high = null, low = null, close = null, volume = null] = values
  if (open === null || high === null || low === null || close === null || volume === null) return null
  if (low > open || low > close || high < open || high < close) {
    return fail('high,low', record.slice(3, 5).join(','), 'high and low around open and close')
  }
  return { startsAt, symbol, open, high, low, close, volume }
}
