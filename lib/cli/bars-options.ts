/** The options by which verbs are given bars (docs/files.md); what reads them is loaded with the verb (`read-chosen-bars.ts`). */
import { InvalidArgumentError, type Command } from 'commander'
import { didYouMean } from '../domain/did-you-mean.ts'
import { oneOf } from '../flags/kinds.ts'
import type { DateOrder } from '../market/bars-file/written-time.ts'
import { again, optionOf } from './verb.ts'

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
