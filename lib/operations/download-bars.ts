/**
 * Downloads bars into a file, piece by piece, within the plan's rate.
 *
 * Invariants: a piece stands in the file whole or not at all, so a run that ends early goes on where it was; only bars that have
 * ended are taken; a piece that was answered in part is asked for again as a whole.
 */
import { barEnd } from '../market/bar-series.ts'
import { barLine } from '../market/bars-file/bar-lines.ts'
import type { ExchangeCalendar } from '../market/calendar/exchange-calendar.ts'
import { type DownloadPiece, downloadPieces, type DownloadRequest } from '../market/download-pieces.ts'
import { isDaily } from '../market/timeframe.ts'
import type { BarSource, BarTrouble, SourceBar } from '../ports/bar-source.ts'
import type { Clock } from '../ports/clock.ts'
import type { PieceFile } from '../ports/piece-file.ts'

export interface DownloadDeps {
  readonly source: BarSource
  readonly file: PieceFile
  readonly clock: Clock
  readonly calendar: ExchangeCalendar
  readonly pause: (milliseconds: number) => Promise<void>
  readonly stop: AbortSignal
  /** Told before each piece and after the last one. */
  readonly onProgress: (done: number, total: number, piece: DownloadPiece | null) => void
  readonly note: (line: string) => void
}

export type DownloadEnd =
  /** Bars by symbol. */
  | { readonly kind: 'whole'; readonly bars: Readonly<Record<string, number>> }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'unreadable'; readonly symbol: string; readonly reason: string }
  | Exclude<BarTrouble, { kind: 'rate_limited' }>

/** Alpaca's free plan has 200 (https://alpaca.markets/support/usage-limit-api-calls); others may use the key as well. */
const REQUESTS_PER_MINUTE = 180
const MINUTE_MS = 60_000
/** How long a limit is waited out before it is tried again. */
const LIMIT_PAUSE_MS = 15_000
const ATTEMPTS = 5
const FIRST_PAUSE_MS = 2000

export async function downloadBars(request: DownloadRequest, deps: DownloadDeps): Promise<DownloadEnd> {
  const { file, clock, calendar, onProgress, stop } = deps
  const pieces = downloadPieces(request)
  const bars: Record<string, number> = { ...file.progress.bars }
  const pace = new Pace(deps)
  for (const [index, piece] of pieces.entries()) {
    if (index < file.progress.pieces) continue
    if (stop.aborted) return { kind: 'stopped' }
    onProgress(index, pieces.length, piece)
    const read = await readPiece(piece, request, deps, pace)
    if (read.kind !== 'read') return read
    const ended = read.bars.filter((bar) => {
      const end = barEnd(bar, request.timeframe, calendar) ?? bar.startsAt + request.timeframe.durationMs
      return bar.startsAt >= piece.from && bar.startsAt <= piece.to && end <= clock.now()
    })
    bars[piece.symbol] = (bars[piece.symbol] ?? 0) + ended.length
    const text = ended.map((bar) => barLine(bar, isDaily(request.timeframe))).join('')
    await file.append(text, { pieces: index + 1, bars })
  }
  onProgress(pieces.length, pieces.length, null)
  return { kind: 'whole', bars }
}

interface Read {
  readonly kind: 'read'
  readonly bars: readonly SourceBar[]
}

/** All of a piece's bars, or why there are none to be had. */
async function readPiece(
  { symbol, from, to }: DownloadPiece,
  { timeframe }: DownloadRequest,
  { source, pause, note, stop }: DownloadDeps,
  pace: Pace,
): Promise<Read | Exclude<DownloadEnd, { kind: 'whole' }>> {
  let failed = 0
  for (;;) {
    await pace.wait()
    const { bars, unreadable, trouble } = await source.readBars({ symbols: [symbol], timeframe, from, to })
    pace.count()
    const [bad] = unreadable
    if (bad !== undefined) return { kind: 'unreadable', symbol, reason: bad[1] }
    if (trouble === null) return { kind: 'read', bars }
    if (stop.aborted) return { kind: 'stopped' }
    if (trouble.kind === 'rate_limited') {
      note('The plan’s rate is used up; waiting.')
      await pause(LIMIT_PAUSE_MS)
    } else {
      failed += 1
      if (trouble.kind === 'refused' || failed === ATTEMPTS) return trouble
      await pause(FIRST_PAUSE_MS * 2 ** (failed - 1))
    }
  }
}

/** Keeps requests within the rate. */
class Pace {
  readonly #deps: Pick<DownloadDeps, 'source' | 'clock' | 'pause'>
  /** When requests were sent, by the machine's clock, ascending. */
  #sent: number[] = []
  #counted: number

  constructor(deps: Pick<DownloadDeps, 'source' | 'clock' | 'pause'>) {
    this.#deps = deps
    this.#counted = deps.source.requests
  }

  async wait(): Promise<void> {
    const now = this.#deps.clock.monotonic()
    this.#sent = this.#sent.filter((at) => at > now - MINUTE_MS)
    const [first] = this.#sent
    if (this.#sent.length >= REQUESTS_PER_MINUTE && first !== undefined) {
      await this.#deps.pause(first + MINUTE_MS - now)
    }
  }

  /** Those that were sent since it was asked last. */
  count(): void {
    const { source, clock } = this.#deps
    for (; this.#counted < source.requests; this.#counted += 1) this.#sent.push(clock.monotonic())
  }
}
