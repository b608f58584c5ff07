/** `torghut data download`: Alpaca's bars into a bars file, which `backtest`, `dev` and `replay run` take as it is. */
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openGzipPieceFile } from '../../adapters/files/gzip-piece-file.ts'
import { systemClock } from '../../adapters/system/system-clock.ts'
import { accountLabel } from '../../domain/account-label.ts'
import { ConfigurationError, StateError, UnavailableError } from '../../domain/errors.ts'
import { RequestBudget } from '../../domain/request-budget.ts'
import type { MarketDataFeed } from '../../domain/settings.ts'
import { asEpochMs, instant } from '../../domain/time.ts'
import { parseRange } from '../../local/date-range.ts'
import { BARS_HEADER } from '../../market/bars-file/bar-lines.ts'
import { createUsEquitiesCalendar } from '../../market/calendar/us-equities.ts'
import type { Timeframe } from '../../market/timeframe.ts'
import { downloadBars, type DownloadEnd } from '../../operations/download-bars.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../terminal/exit-codes.ts'
import { listenForInterrupts } from '../terminal/interrupts.ts'
import { ProgressLine } from '../terminal/progress-line.ts'
import { readCredentialInput } from './accounts.ts'

interface DownloadOptions {
  readonly symbols: readonly string[]
  readonly timeframe: Timeframe
  readonly from: string
  readonly to: string
  readonly feed?: MarketDataFeed
  readonly out: string
  readonly json?: true
}

/** As Alpaca's Python client has it, for a stand-in (https://pypi.org/project/alpaca-trade-api). */
const URL_VARIABLE = 'APCA_API_DATA_URL'
const DATA_URL = 'https://data.alpaca.markets'
const DAY_MS = 86_400_000

/** Negative when a symbol has no bars; what is there of the others is written all the same. */
export async function downloadData(context: CliContext, options: DownloadOptions): Promise<ExitCode> {
  const { output, environment, folder } = context
  const { symbols, timeframe, feed = 'iex', out } = options
  parseRange(options.from, options.to)
  const request = {
    symbols,
    timeframe,
    from: instant(`${options.from}T00:00:00Z`),
    to: asEpochMs(instant(`${options.to}T00:00:00Z`) + DAY_MS - 1),
  }
  const path = resolve(folder, out)
  const file = await openGzipPieceFile(path, JSON.stringify({ ...request, feed }), BARS_HEADER)
  if (file.progress.pieces > 0) output.note(`Going on with ${out}: ${file.progress.pieces} pieces are there.`)
  const credentials = await readCredentialInput(context, accountLabel('data'))
  const { openAlpacaBars } = await import('../../adapters/alpaca/bar-source.ts')
  const baseUrl = environment[URL_VARIABLE] || DATA_URL
  const budget = new RequestBudget(Number.MAX_SAFE_INTEGER)
  const interrupts = listenForInterrupts(output)
  const progress = new ProgressLine(output)
  try {
    const end = await downloadBars(request, {
      source: openAlpacaBars({ baseUrl, credentials, feed, budget }),
      file,
      clock: systemClock,
      calendar: createUsEquitiesCalendar(),
      pause: async (milliseconds) => {
        await sleep(milliseconds, undefined, { signal: interrupts.signal }).catch(() => {})
      },
      stop: interrupts.signal,
      onProgress: (done, total, piece) => progress.show({ done, total, tickAt: piece?.from ?? null }),
      note: (line) => progress.interject(line),
    })
    if (end.kind === 'stopped') {
      output.note('Stopped; the same command goes on from here.')
      return EXIT.interrupted
    }
    if (end.kind !== 'whole') throw faultOf(end)
    await file.finish()
    return await tell(context, options, end.bars)
  } finally {
    progress.end()
    interrupts.dispose()
  }
}

async function tell(
  { output }: CliContext,
  { symbols, out, json }: DownloadOptions,
  bars: Readonly<Record<string, number>>,
): Promise<ExitCode> {
  const rows = symbols.map((symbol) => ({ symbol, bars: bars[symbol] ?? 0 }))
  if (json) await output.printJson({ file: out, symbols: rows })
  else {
    await output.printTable(
      ['symbol', 'bars'],
      rows.map((row) => [row.symbol, row.bars]),
    )
  }
  const without = rows.filter((row) => row.bars === 0).map(({ symbol }) => symbol)
  if (without.length === 0) return EXIT.ok
  output.note(`No bars of ${without.join(', ')}: Alpaca does not know them, or nothing was dealt.`)
  return EXIT.negative
}

function faultOf(end: Exclude<DownloadEnd, { kind: 'whole' | 'stopped' }>): Error {
  const advice = 'The same command goes on from here.'
  if (end.kind === 'unavailable')
    return new UnavailableError(`Alpaca gives no bars: ${end.reason}`, { advice })
  if (end.kind === 'unreadable')
    return new StateError(`the bars of ${end.symbol} cannot be used: ${end.reason}`, { advice })
  return new ConfigurationError('The request', [
    {
      path: 'Alpaca',
      found: `status ${end.status}: ${end.reason}`,
      allowed: 'what the key, its plan and the symbols permit',
    },
  ])
}
