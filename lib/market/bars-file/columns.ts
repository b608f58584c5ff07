/**
 * Which column of a bars file holds what: our own header and those of common tools' exports, in any case and order. Columns
 * that mean nothing here are passed over by name.
 */
import type { TableRow } from './table.ts'

/** Where the fields stand in a row, counted from 0; `symbol`, `clock` and `volume` may be missing. */
export interface Columns {
  readonly time: number
  /** The time of day, where it has a column beside the date's. */
  readonly clock: number | null
  readonly symbol: number | null
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number | null
  /** How many fields a row has. */
  readonly width: number
  /** False where the first row is already a bar. */
  readonly hasHeader: boolean
}

type Name = Exclude<keyof Columns, 'width' | 'hasHeader'>

/** In order of preference, in small letters without brackets, spaces and underscores. */
const ALIASES: Readonly<Record<Name, readonly string[]>> = {
  time: ['timestamp', 'datetime', 'date', 'time', 't', 'opentime', 'opentimeutc', 'unix'],
  clock: ['time'],
  symbol: ['symbol', 'ticker', 's'],
  open: ['open', 'o'],
  high: ['high', 'h'],
  low: ['low', 'l'],
  close: ['close', 'c', 'last'],
  volume: ['volume', 'vol', 'v', 'basevolume'],
}
const REQUIRED = ['time', 'open', 'high', 'low', 'close'] as const
const OWN_HEADER = 'timestamp,symbol,open,high,low,close,volume'
/** Binance's candles come without a header: open time, open, high, low, close, volume and six more numbers. */
const BINANCE_WIDTH = 12
const BINANCE: Columns = {
  time: 0,
  clock: null,
  symbol: null,
  open: 1,
  high: 2,
  low: 3,
  close: 4,
  volume: 5,
  width: BINANCE_WIDTH,
  hasHeader: false,
}

export type ColumnsFound =
  | { readonly kind: 'columns'; readonly columns: Columns }
  | { readonly kind: 'unknown'; readonly found: string; readonly allowed: string }

/** Reads the first row. */
export function findColumns(first: TableRow | undefined): ColumnsFound {
  if (first === undefined)
    return { kind: 'unknown', found: 'an empty file', allowed: `the header ${OWN_HEADER}` }
  const { fields } = first
  if (fields.length === BINANCE_WIDTH && fields.every((field) => /^-?\d+(\.\d+)?$/.test(field))) {
    return { kind: 'columns', columns: BINANCE }
  }
  const names = fields.map((field) => field.toLowerCase().replace(/[<>\s_]/g, ''))
  const place = (name: Name): number | null => {
    for (const alias of ALIASES[name]) {
      const at = names.indexOf(alias)
      if (at >= 0) return at
    }
    return null
  }
  const [time, open, high, low, close] = REQUIRED.map(place)
  const missing = REQUIRED.filter((name) => place(name) === null)
  if (missing.length > 0) {
    const found = JSON.stringify(fields.join(','))
    if (names[0] === 'price' && missing.join() === 'time') {
      return { kind: 'unknown', found, allowed: ofYfinance(new Set(names).size < names.length) }
    }
    const allowed = `the header ${OWN_HEADER}, or one with columns for time, open, high, low and close; ${missing.join(', ')} is missing`
    return { kind: 'unknown', found, allowed }
  }
  const clock = place('clock')
  return {
    kind: 'columns',
    columns: {
      time: time ?? 0,
      clock: clock === time ? null : clock,
      symbol: place('symbol'),
      open: open ?? 0,
      high: high ?? 0,
      low: low ?? 0,
      close: close ?? 0,
      volume: place('volume'),
      width: fields.length,
      hasHeader: true,
    },
  }
}

/**
 * What `yfinance.download` writes is headed by three lines: `Price,Close,...`, `Ticker,AAPL,...` and `Date,,...`.
 * @param several whether it holds several symbols, side by side
 */
function ofYfinance(several: boolean): string {
  const anew = 'download it with multi_level_index=False'
  return several
    ? `one line of header and one symbol a file: take each symbol by itself and ${anew}`
    : `one line of header: put Date for Price and delete the lines 2 and 3 (Ticker,... and Date,...), or ${anew}`
}
