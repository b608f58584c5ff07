/**
 * The rows of a CSV file with the lines they stand on, block by block. Any mixture of line ends; comma, semicolon or tab
 * between fields, whichever the first line has most of.
 *
 * Invariant: a row never spans lines, so that each stands on the line that is named for it.
 */
import { CsvError, parse } from 'csv-parse/sync'

export interface TableRow {
  readonly fields: readonly string[]
  /** Counted from 1. */
  readonly line: number
}

export interface BrokenRow {
  readonly line: number
  readonly problem: string
  readonly cause: unknown
}

const SEPARATORS = [',', ';', '\t'] as const

export class TableReader {
  #line = 0
  #separator: string | null = null
  #broken: BrokenRow | null = null

  /** The row that is none, at which reading has ended. */
  get broken(): BrokenRow | null {
    return this.#broken
  }

  /**
   * Splits whole lines, the next ones of the file, into rows; blank lines are left out, fields are trimmed.
   * @param text in blocks after the first without a byte order mark
   */
  *rows(text: string): Generator<TableRow> {
    const isFirst = this.#line === 0 && text.startsWith('\uFEFF')
    for (const content of linesOf(isFirst ? text.slice(1) : text)) {
      if (this.#broken !== null) return
      this.#line += 1
      if (content.trim() === '') continue
      this.#separator ??= separatorOf(content)
      const fields = this.#fields(content, this.#separator)
      if (fields !== null) yield { fields, line: this.#line }
    }
  }

  /** Hardly any file quotes its fields; those that do are left to the library. */
  #fields(content: string, separator: string): string[] | null {
    if (!content.includes('"')) return trimmed(content.split(separator))
    try {
      return trimmed(parse(content, { delimiter: separator, relax_column_count: true })[0] ?? [])
    } catch (cause) {
      if (!(cause instanceof CsvError)) throw cause
      this.#broken = { line: this.#line, problem: cause.message, cause }
      return null
    }
  }
}

function linesOf(text: string): string[] {
  const lines = text.includes('\r') ? text.split(/\r\n|\n|\r/) : text.split('\n')
  // after the end of the last line nothing begins yet
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function separatorOf(line: string): string {
  const [first] = SEPARATORS.map((separator) => ({ separator, count: line.split(separator).length })).sort(
    (left, right) => right.count - left.count,
  )
  return first?.separator ?? ','
}

function trimmed(fields: string[]): string[] {
  for (let index = 0; index < fields.length; index += 1) fields[index] = fields[index]?.trim() ?? ''
  return fields
}
