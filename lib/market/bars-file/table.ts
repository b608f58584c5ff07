/**
 * The rows of a CSV file with the lines they stand on. Any mixture of line ends; comma, semicolon or tab between
 * fields, whichever the first line has most of.
 *
 * Invariant: a row never spans lines, so that each stands on the line that is named for it.
 */
import { CsvError, parse } from 'csv-parse/sync'

export interface TableRow {
  readonly fields: readonly string[]
  /** Counted from 1. */
  readonly line: number
}

export type Table =
  | { readonly kind: 'rows'; readonly rows: readonly TableRow[] }
  | { readonly kind: 'broken'; readonly line: number; readonly problem: string; readonly cause: unknown }

const SEPARATORS = [',', ';', '\t'] as const

/** Splits a text into rows; blank lines are left out, fields are trimmed. */
export function readTable(text: string): Table {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const separator = separatorOf(lines.find((line) => line.trim() !== '') ?? '')
  const rows: TableRow[] = []
  for (const [index, content] of lines.entries()) {
    if (content.trim() === '') continue
    try {
      rows.push({ fields: splitLine(content, separator), line: index + 1 })
    } catch (cause) {
      if (!(cause instanceof CsvError)) throw cause
      return { kind: 'broken', line: index + 1, problem: cause.message, cause }
    }
  }
  return { kind: 'rows', rows }
}

function separatorOf(line: string): string {
  const [first] = SEPARATORS.map((separator) => ({ separator, count: line.split(separator).length })).sort(
    (left, right) => right.count - left.count,
  )
  return first?.separator ?? ','
}

/** Hardly any file quotes its fields; those that do are left to the library. */
function splitLine(line: string, separator: string): string[] {
  const fields = line.includes('"')
    ? (parse(line, { delimiter: separator, relax_column_count: true })[0] ?? [])
    : line.split(separator)
  return fields.map((field) => field.trim())
}
