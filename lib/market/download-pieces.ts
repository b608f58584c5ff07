/** In which pieces bars are downloaded: symbol by symbol, each in stretches of time of about one answer. Pure. */
import { isCrypto } from '../domain/symbol.ts'
import { asEpochMs, type EpochMs } from '../domain/time.ts'
import type { Timeframe } from './timeframe.ts'

export interface DownloadRequest {
  readonly symbols: readonly string[]
  readonly timeframe: Timeframe
  /** Starts of bars, both inclusive. */
  readonly from: EpochMs
  readonly to: EpochMs
}

/** A stretch of one symbol's bars. */
export interface DownloadPiece {
  readonly symbol: string
  readonly from: EpochMs
  readonly to: EpochMs
}

/** An answer has up to 10,000 bars; shares are dealt in for 16 hours of a day at most, on five days of seven. */
const BARS = { crypto: 10_000, shares: 20_000 } as const

/** In the order of the file: equal requests have equal pieces. */
export function downloadPieces({ symbols, timeframe, from, to }: DownloadRequest): DownloadPiece[] {
  return [...new Set(symbols)].sort().flatMap((symbol) => {
    const length = BARS[isCrypto(symbol) ? 'crypto' : 'shares'] * timeframe.durationMs
    const pieces: DownloadPiece[] = []
    for (let start: number = from; start <= to; start += length) {
      const end = Math.min(to, start + length - 1)
      pieces.push({ symbol, from: asEpochMs(start), to: asEpochMs(end) })
    }
    return pieces
  })
}
