/** Reads the bars that a verb's options name, and tells which rows were passed over. */
import { type BarsRead, readBars } from '../local/read-bars.ts'
import type { SkippedRow } from '../market/indicators.ts'
import type { BarsReadingOptions } from './bars-options.ts'
import type { Output } from './terminal/output.ts'

const SKIPPED_NAMED = 20

/** Says which rows were passed over, since their exchange was closed that day. */
export function noteSkippedRows(rows: readonly SkippedRow[], output: Output): void {
  if (rows.length === 0) return
  const named = rows.slice(0, SKIPPED_NAMED).map(({ symbol, date }) => `${symbol} ${date}`)
  const more = rows.length > SKIPPED_NAMED ? `, and ${rows.length - SKIPPED_NAMED} more` : ''
  output.note(`Skipped ${rows.length} rows on days when the exchange was closed: ${named.join(', ')}${more}`)
}

/** Reads the bars that the options name. @throws ConfigurationError */
export async function readChosenBars(
  paths: readonly string[],
  folder: string,
  { symbol, timezone, dateOrder }: BarsReadingOptions,
): Promise<BarsRead> {
  const options = { symbol: symbol ?? null, timezone: timezone ?? null, dateOrder: dateOrder ?? null }
  return readBars(paths, folder, options)
}
