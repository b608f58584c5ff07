/** Tables for people: as wide as their cells, or as the terminal, in which case the widest columns wrap. */
import Table from 'cli-table3'

export type Cell = string | number

/** What stands between columns. */
const GAP = 2
/** No column that has more to say is made narrower. */
const NARROWEST = 4

/** A compact table; numbers stand to the right. `width`: of the terminal; null: as wide as need be. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  colors: { dim(text: string): string },
  width: number | null = null,
): string {
  const natural = head.map((title, column) =>
    rows.reduce((most, row) => Math.max(most, widest(row[column], /\n/)), title.length),
  )
  const fitted = width === null ? natural : fitColumns(natural, width)
  const isWrapped = fitted.some((columns, index) => columns < (natural[index] ?? 0))
  if (!isWrapped && rows.every((row) => row.every(isPlain))) return plainTable(head, rows, natural, colors)
  const table = new Table({
    chars: BLANK_BORDERS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP },
    head: head.map((title) => colors.dim(title)),
    colAligns: head.map((_, column) => (isNumeric(rows, column) ? 'right' : 'left')),
    ...(isWrapped && {
      colWidths: fitted.map((columns) => columns + GAP),
      wordWrap: true,
      // an id that is longer than its column is broken, never cut off
      wrapOnWordBoundary: rows.every((row) =>
        fitted.every((columns, column) => widest(row[column], /\s/) <= columns),
      ),
    }),
  })
  table.push(...rows.map((row) => [...row]))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** What takes one column a character, on one line. */
function isPlain(cell: Cell): boolean {
  return typeof cell === 'number' || /^[\u0020-\u007E]*$/.test(unstyled(cell))
}

/** The same table without wrapping, a hundred times as fast: a long one has a row per decision of a run. */
function plainTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  widths: readonly number[],
  colors: { dim(text: string): string },
): string {
  const isRight = head.map((_, column) => isNumeric(rows, column))
  const line = (cells: readonly Cell[]): string => {
    let text = ''
    for (const [column, cell] of cells.entries()) {
      const shown = String(cell)
      const blanks = ' '.repeat(Math.max(0, (widths[column] ?? 0) - unstyled(shown).length))
      text += `${isRight[column] === true ? blanks + shown : shown + blanks}${' '.repeat(GAP)}`
    }
    return text.trimEnd()
  }
  return [line(head.map((title) => colors.dim(title))), ...rows.map(line)].join('\n')
}

function isNumeric(rows: readonly (readonly Cell[])[], column: number): boolean {
  return rows.length > 0 && rows.every((row) => typeof row[column] === 'number')
}

function unstyled(cell: Cell): string {
  // oxlint-disable-next-line no-control-regex -- the terminal's own sequences
  return String(cell).replaceAll(/\u001B\[[0-9;]*m/g, '')
}

/** Takes from the widest columns until all fit; the widths as they are when they do. */
function fitColumns(natural: readonly number[], width: number): readonly number[] {
  const fitted = [...natural]
  const total = () => fitted.reduce((sum, columns) => sum + columns + GAP, -GAP)
  while (total() > width) {
    const most = Math.max(...fitted)
    if (most <= NARROWEST) break
    fitted[fitted.indexOf(most)] = most - 1
  }
  return fitted
}

/** The longest part of a cell as it shows, without colours. */
function widest(cell: Cell | undefined, separator: RegExp): number {
  const shown = unstyled(cell ?? '')
  return Math.max(...shown.split(separator).map(({ length }) => length))
}

const BLANK_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
}
