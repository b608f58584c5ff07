/** The options by which verbs are given bars (docs/files.md). */
import { InvalidArgumentError, type Command } from 'commander'
import { type BarsRead, readBars } from '../local/read-bars.ts'
import { didYouMean } from '../domain/did-you-mean.ts'
import { oneOf } from '../flags/kinds.ts'
import type { DateOrder } from '../market/bars-file/written-time.ts'
import type { SkippedRow } from '../market/indicators.ts'
import type { Output } from './terminal/output.ts'
import { again, optionOf } from './verb.ts'

const SKIPPED_NAMED = 20

export interface BarsReadingOptions {
  readonly symbol?: string
  readonly timezone?: string
  readonly dateOrder?: DateOrder
}

export interface BarsOptions extends BarsReadingOptions {
  readonly bars?: readonly string[]
}

/** For verbs that read bars; gives the command back. */
export function takesBars(command: Command, description: string): Command {
  return takesBarsReading(
    command.option('--bars <path>', `${description}; a CSV file or a folder, again for each`, again),
  )
}

/** How bars files are to be read where they do not tell it themselves. */
export function takesBarsReading(command: Command): Command {
  const order = oneOf('dmy', 'mdy')
  return command
    .option('--symbol <symbol>', 'the symbol of a bars file that names none; @file: the name of the file')
    .option(
      '--timezone <zone>',
      'the zone of times in a bars file that name none: America/New_York',
      parseTimezone,
    )
    .option(
      '--date-order <order>',
      `${order.allowed}: which comes first in dates such as 01/02/2024`,
      optionOf(order),
    )
}

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

function parseTimezone(text: string): string {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: text }).resolvedOptions().timeZone
  } catch {
    const near = didYouMean(text, Intl.supportedValuesOf('timeZone'))
    throw new InvalidArgumentError(
      `Allowed: the name of a time zone, such as America/New_York.${near === null ? '' : ` Did you mean ${near}?`}`,
    )
  }
}
