/**
 * Bars files (docs/files.md): our own CSV and the exports of common tools.
 *
 * Invariants: a file is read whole or not at all, and every violation names file and line; a symbol's bars ascend strictly,
 * whatever the order of the symbols; a bar of a day or longer is dated by its trading day.
 */
import { type Decimal, parseDecimal } from '../../domain/decimal.ts'
import { SYMBOL_ALLOWED, parseSymbol } from '../../domain/symbol.ts'
import { formatInstant } from '../../domain/time.ts'
import type { Bar } from '../bars.ts'
import { BarsFileFaults } from './bars-file-faults.ts'
import { type Columns, findColumns } from './columns.ts'
import { type TableRow, readTable } from './table.ts'
import { type DatedBar, datedBars } from './trading-days.ts'
import { type TimeOptions, dateOrderOf, timeReader } from './written-time.ts'

export interface BarsFileOptions extends TimeOptions {
  /** Of a file without a column for it; null: such a file is refused. */
  readonly symbol: string | null
}

export const AS_WRITTEN: BarsFileOptions = { symbol: null, timezone: null, dateOrder: null }

/**
 * Reads bars in the order of the file; a symbol whose rows all descend is turned round.
 * @param file its name, for messages
 * @throws ConfigurationError with one violation per malformed field (the first 20)
 */
export function parseBars(text: string, file: string, options: BarsFileOptions = AS_WRITTEN): Bar[] {
  const faults = new BarsFileFaults(file)
  const table = readTable(text)
  if (table.kind === 'broken') {
    faults.add(table.line, '', table.problem, 'comma-separated values')
    faults.raise(table.cause)
    return []
  }
  const columnsFound = findColumns(table.rows[0])
  if (columnsFound.kind === 'unknown') {
    faults.add(table.rows[0]?.line ?? 1, '', columnsFound.found, columnsFound.allowed)
    faults.raise()
    return []
  }
  const { columns } = columnsFound
  const rows = columns.hasHeader ? table.rows.slice(1) : table.rows
  if (rows.length === 0) faults.add(2, '', 'no bars', 'one bar per line')
  if (columns.symbol === null && options.symbol === null) {
    faults.add(
      table.rows[0]?.line ?? 1,
      '',
      'no column for the symbol',
      'one, or --symbol with the symbol of the file',
    )
  }
  faults.raise()
  const bars = readRows(rows, columns, options, faults)
  faults.raise()
  const dated = datedBars(bars, faults)
  checkOrder(dated, faults)
  faults.raise()
  return dated.map(({ bar }) => bar)
}

function readRows(
  rows: readonly TableRow[],
  columns: Columns,
  options: BarsFileOptions,
  faults: BarsFileFaults,
): DatedBar[] {
  const textOf = ({ fields }: TableRow) => {
    const date = fields[columns.time] ?? ''
    return columns.clock === null ? date : `${date} ${fields[columns.clock] ?? ''}`.trimEnd()
  }
  const dateOrder = options.dateOrder ?? dateOrderOf(rows.map(textOf))
  const readTime = timeReader({ ...options, dateOrder })
  const readSymbol = symbolReader()
  const bars: DatedBar[] = []
  for (const row of rows) {
    const { fields, line } = row
    if (fields.length !== columns.width) {
      faults.add(line, '', JSON.stringify(fields.join(',')), `${columns.width} fields, as in the first line`)
      continue
    }
    const text = textOf(row)
    const time = readTime(text)
    if (time.kind === 'unreadable') faults.add(line, 'timestamp', JSON.stringify(text), time.allowed)
    const symbol = readSymbol(
      columns.symbol === null ? (options.symbol ?? '') : (fields[columns.symbol] ?? ''),
    )
    if (symbol === null) {
      faults.add(line, 'symbol', JSON.stringify(fields[columns.symbol ?? 0]), SYMBOL_ALLOWED)
    }
    const prices = readPrices(fields, columns, line, faults)
    if (time.kind === 'unreadable' || symbol === null || prices === null) continue
    bars.push({ bar: { startsAt: time.at, symbol, ...prices }, day: time.day, line })
  }
  return bars
}

/** Reads a symbol that many rows name once. Stooq marks its shares of the American exchanges. */
function symbolReader(): (text: string) => string | null {
  const known = new Map<string, string | null>()
  return (text) => {
    let symbol = known.get(text)
    if (symbol === undefined) {
      symbol = parseSymbol(text.replace(/\.US$/i, ''))
      known.set(text, symbol)
    }
    return symbol
  }
}

type Prices = Pick<Bar, 'open' | 'high' | 'low' | 'close' | 'volume'>

function readPrices(
  fields: readonly string[],
  columns: Columns,
  line: number,
  faults: BarsFileFaults,
): Prices | null {
  const read = (name: keyof Prices, text: string): Decimal | null => {
    const value = parseDecimal(text)
    if (value === null) return faults.add(line, name, JSON.stringify(text), 'a decimal number')
    const isVolume = name === 'volume'
    if (value >= (isVolume ? 0n : 1n)) return value
    return faults.add(line, name, JSON.stringify(text), isVolume ? 'zero or more' : 'greater than zero')
  }
  const open = read('open', fields[columns.open] ?? '')
  const high = read('high', fields[columns.high] ?? '')
  const low = read('low', fields[columns.low] ?? '')
  const close = read('close', fields[columns.close] ?? '')
  const volume = columns.volume === null ? null : read('volume', fields[columns.volume] ?? '')
  if (open === null || high === null || low === null || close === null) return null
  if (columns.volume !== null && volume === null) return null
  if (low > open || low > close || high < open || high < close) {
    const found = JSON.stringify(`${fields[columns.high]},${fields[columns.low]}`)
    return faults.add(line, 'high,low', found, 'high and low around open and close')
  }
  return { open, high, low, close, volume }
}

function checkOrder(bars: readonly DatedBar[], faults: BarsFileFaults): void {
  const last = new Map<string, Bar>()
  for (const { bar, line } of bars) {
    const previous = last.get(bar.symbol)
    if (previous !== undefined && bar.startsAt <= previous.startsAt) {
      const allowed = `later than ${bar.symbol}'s bar before (${formatInstant(previous.startsAt)})`
      faults.add(line, 'timestamp', JSON.stringify(formatInstant(bar.startsAt)), allowed)
    } else last.set(bar.symbol, bar)
  }
}
