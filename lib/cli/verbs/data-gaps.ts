/** `torghut data gaps FILE`: what a bars file lacks by the exchange's calendar. */
import { formatInstant } from '../../domain/time.ts'
import { type Gap, type GapKind, gapsOf, type SeriesGaps } from '../../market/bars-file/gaps.ts'
import { createUsEquitiesCalendar } from '../../market/calendar/us-equities.ts'
import type { BarsReadingOptions } from '../bars-options.ts'
import type { CliContext } from '../context.ts'
import { readChosenBars } from '../read-chosen-bars.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'

interface GapsOptions extends BarsReadingOptions {
  readonly json?: true
}

/** Of each symbol, in the table. */
const MOST_SHOWN = 20
const WORDS: Readonly<Record<GapKind, string>> = {
  bars: 'within a session',
  pause: 'five minutes or more of a session',
  sessions: 'whole sessions',
  late: 'begins later than the file',
  vanished: 'ends before the file does',
}

/** Negative when anything is missing. */
export async function dataGaps(context: CliContext, options: GapsOptions, file = ''): Promise<ExitCode> {
  const { bars } = await readChosenBars([file], context.folder, options)
  const series = gapsOf(bars, createUsEquitiesCalendar())
  const isWhole = series.every(({ gaps }) => gaps.length === 0)
  await (options.json ? printJson(context, series) : printTables(context, series))
  return isWhole ? EXIT.ok : EXIT.negative
}

async function printJson({ output }: CliContext, series: readonly SeriesGaps[]): Promise<void> {
  for (const { symbol, timeframe, bars, expected, gaps, outside, earlyCloses } of series) {
    await output.printJson({
      symbol,
      timeframe,
      bars,
      expected,
      missing: missingOf(gaps),
      outside_sessions: outside,
      early_closes: earlyCloses,
      gaps: gaps.map(({ kind, from, last, missing }) => ({
        kind,
        from: formatInstant(from),
        last: formatInstant(last),
        missing,
      })),
    })
  }
}

async function printTables({ output }: CliContext, series: readonly SeriesGaps[]): Promise<void> {
  await output.printTable(
    ['symbol', 'timeframe', 'bars', 'expected', 'missing', 'outside sessions', 'early closes'],
    series.map(({ symbol, timeframe, bars, expected, gaps, outside, earlyCloses }) => [
      symbol,
      timeframe,
      bars,
      expected,
      missingOf(gaps),
      outside,
      earlyCloses.length,
    ]),
  )
  const shown = series.flatMap(({ symbol, gaps }) =>
    gaps.slice(0, MOST_SHOWN).map(({ kind, from, last, missing }) => {
      return [symbol, formatInstant(from), formatInstant(last), missing, WORDS[kind]]
    }),
  )
  if (shown.length > 0) {
    await output.print('')
    await output.printTable(['symbol', 'first missing', 'last missing', 'bars', 'what'], shown)
  }
  for (const { symbol, gaps } of series) {
    const more = gaps.length - MOST_SHOWN
    if (more > 0) output.note(`${symbol}: ${more} more gaps; --json shows all of them.`)
  }
}

function missingOf(gaps: readonly Gap[]): number {
  return gaps.reduce((sum, { missing }) => sum + missing, 0)
}
