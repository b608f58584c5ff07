/**
 * Reads a bars file block by block (docs/files.md): our own CSV and the exports of common tools.
 *
 * Invariants: a file is read whole or not at all, and every violation names file and line; a symbol's bars ascend strictly,
 * whatever the order of the symbols; a bar of a day or longer is dated by its trading day.
 */
import { GroupedBars } from '../bar-series.ts'
import { newYorkDays } from '../new-york-day.ts'
import { BarsFileFaults } from './bars-file-faults.ts'
import { type Columns, findColumns } from './columns.ts'
import { readAmounts, symbolReader } from './read-row.ts'
import { type TableRow, TableReader } from './table.ts'
import { SymbolRows } from './trading-days.ts'
import { NO_ORDER, type TimeOptions, type Unreadable, type WrittenTime, timeReader } from './written-time.ts'

export interface BarsFileOptions extends TimeOptions {
  /** Of a file without a column for it; null: such a file is refused. */
  readonly symbol: string | null
}

/** How the rows under a header are read. */
interface RowReaders {
  readonly columns: Columns
  readonly time: ReturnType<typeof timeReader>
  readonly symbol: ReturnType<typeof symbolReader>
}

export class BarsReader {
  readonly #file: string
  readonly #options: BarsFileOptions
  readonly #faults: BarsFileFaults
  readonly #table = new TableReader()
  /** Null before the first row. */
  #readers: RowReaders | null = null
  #hasRows = false
  /** From the first date on that a later row has to tell how to read. */
  #waiting: TableRow[] = []
  readonly #symbols = new Map<string, SymbolRows>()

  /** @param file its name, for messages */
  constructor(file: string, options: BarsFileOptions) {
    this.#file = file
    this.#options = options
    this.#faults = new BarsFileFaults(file)
  }

  /** @param text whole lines, the next ones of the file. @throws ConfigurationError for what is no table of bars */
  read(text: string): void {
    for (const row of this.#table.rows(text)) {
      if (this.#readers === null) this.#begin(row)
      else this.#read(row, this.#readers)
    }
    const { broken } = this.#table
    if (broken === null) return
    const faults = new BarsFileFaults(this.#file)
    faults.add(broken.line, '', broken.problem, 'comma-separated values')
    throw faults.error(broken.cause)
  }

  /** All bars of the file. @throws ConfigurationError with one violation per malformed field (the first 20) */
  end(): GroupedBars {
    const readers = this.#readers ?? this.#begin(undefined)
    if (!this.#hasRows) this.#faults.add(2, '', 'no bars', 'one bar per line')
    this.#addWaiting(readers)
    this.#faults.raise()
    const dayOf = newYorkDays()
    const columns = Array.from(this.#symbols.values(), (rows) => rows.finished(dayOf, this.#faults))
    this.#faults.raise()
    return new GroupedBars(columns)
  }

  #begin(first: TableRow | undefined): RowReaders {
    const found = findColumns(first)
    const line = first?.line ?? 1
    if (found.kind === 'unknown') {
      this.#faults.add(line, '', found.found, found.allowed)
      throw this.#faults.error()
    }
    const { columns } = found
    const { symbol } = this.#options
    if (columns.symbol === null && symbol === null) {
      const allowed = 'one, or --symbol with the symbol of the file'
      this.#faults.add(line, '', 'no column for the symbol', allowed)
    }
    const readers = {
      columns,
      time: timeReader(this.#options),
      symbol: symbolReader(columns, symbol, this.#faults),
    }
    this.#readers = readers
    if (first !== undefined && !columns.hasHeader) this.#read(first, readers)
    return readers
  }

  #read(row: TableRow, readers: RowReaders): void {
    const { columns } = readers
    if (!this.#hasRows) this.#faults.raise()
    this.#hasRows = true
    if (row.fields.length !== columns.width) {
      const allowed = `${columns.width} fields, as in the first line`
      this.#faults.add(row.line, '', JSON.stringify(row.fields.join(',')), allowed)
      return
    }
    const text = timeOf(row, columns)
    const time = readers.time(text)
    if (this.#waiting.length === 0 && time !== NO_ORDER) {
      this.#add(row, text, time, readers)
      return
    }
    this.#waiting.push(row)
    const [first = row] = this.#waiting
    if (readers.time(timeOf(first, columns)) !== NO_ORDER) this.#addWaiting(readers)
  }

  #addWaiting(readers: RowReaders): void {
    for (const row of this.#waiting.splice(0)) {
      const text = timeOf(row, readers.columns)
      this.#add(row, text, readers.time(text), readers)
    }
  }

  #add(row: TableRow, text: string, time: WrittenTime | Unreadable, readers: RowReaders): void {
    if (time.kind === 'unreadable') {
      this.#faults.add(row.line, 'timestamp', JSON.stringify(text), time.allowed)
    }
    const symbol = readers.symbol(row)
    const amounts = readAmounts(row, readers.columns, this.#faults)
    if (time.kind === 'unreadable' || symbol === null || amounts === null) return
    let rows = this.#symbols.get(symbol)
    if (rows === undefined) this.#symbols.set(symbol, (rows = new SymbolRows(symbol)))
    rows.add({ bar: { startsAt: time.at, symbol, ...amounts }, day: time.day, line: row.line })
  }
}

/** The time as it is written, the date and the time of day apart or not. */
function timeOf({ fields }: TableRow, columns: Columns): string {
  const date = fields[columns.time] ?? ''
  return columns.clock === null ? date : `${date} ${fields[columns.clock] ?? ''}`.trimEnd()
}
