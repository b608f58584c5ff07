/** What a row of a bars file says beside its time: the symbol and the amounts, each named with its line where it is none. */
import { type Decimal, parseDecimal } from '../../domain/decimal.ts'
import { SYMBOL_ALLOWED, parseSymbol } from '../../domain/symbol.ts'
import type { Bar } from '../bars.ts'
import type { BarsFileFaults } from './bars-file-faults.ts'
import type { Columns } from './columns.ts'
import type { TableRow } from './table.ts'

export type Amounts = Pick<Bar, 'open' | 'high' | 'low' | 'close' | 'volume'>

/** Reads a symbol that many rows name once. @param symbol of a file without a column for it */
export function symbolReader(
  columns: Columns,
  symbol: string | null,
  faults: BarsFileFaults,
): (row: TableRow) => string | null {
  const known = new Map<string, string | null>()
  return ({ fields, line }) => {
    const text = columns.symbol === null ? (symbol ?? '') : (fields[columns.symbol] ?? '')
    let read = known.get(text)
    if (read === undefined) {
      // Stooq marks its shares of the American exchanges
      read = parseSymbol(text.replace(/\.US$/i, ''))
      known.set(text, read)
    }
    return read ?? faults.add(line, 'symbol', JSON.stringify(fields[columns.symbol ?? 0]), SYMBOL_ALLOWED)
  }
}

/** `1,234` is a thousand here and one and a quarter there: it is never guessed. */
const AS_WRITTEN_HERE = 'with a point before its fraction and nothing between thousands: 1234.5'

/** Null where one of them is wrong. */
export function readAmounts(
  { fields, line }: TableRow,
  columns: Columns,
  faults: BarsFileFaults,
): Amounts | null {
  const open = readAmount(fields[columns.open], 'open', line, faults)
  const high = readAmount(fields[columns.high], 'high', line, faults)
  const low = readAmount(fields[columns.low], 'low', line, faults)
  const close = readAmount(fields[columns.close], 'close', line, faults)
  const volume = columns.volume === null ? null : readAmount(fields[columns.volume], 'volume', line, faults)
  if (open === null || high === null || low === null || close === null) return null
  if (columns.volume !== null && volume === null) return null
  if (low > open || low > close || high < open || high < close) {
    const found = JSON.stringify(`${fields[columns.high]},${fields[columns.low]}`)
    return faults.add(line, 'high,low', found, 'high and low around open and close')
  }
  return { open, high, low, close, volume }
}

function readAmount(text = '', name: keyof Amounts, line: number, faults: BarsFileFaults): Decimal | null {
  const value = parseDecimal(text)
  if (value === null) {
    const allowed = /\d[,.'\s]\d/.test(text) ? `a decimal number, ${AS_WRITTEN_HERE}` : 'a decimal number'
    return faults.add(line, name, JSON.stringify(text), allowed)
  }
  const isVolume = name === 'volume'
  if (value >= (isVolume ? 0n : 1n)) return value
  return faults.add(line, name, JSON.stringify(text), isVolume ? 'zero or more' : 'greater than zero')
}
