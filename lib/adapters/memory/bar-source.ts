/** Bars that are there from the beginning, such as those of a file, told as a market would: once they have ended. */
import type { EpochMs } from '../../domain/time.ts'
import type { BarAnswer, BarQuery, BarSource, SourceBar, Split } from '../../ports/bar-source.ts'

export interface MemoryBars {
  /** Each symbol's in ascending order, with the timeframe that they are asked for under and the moment they are known. */
  readonly bars: readonly { readonly bar: SourceBar; readonly timeframe: string; readonly knownAt: EpochMs }[]
  readonly splits?: readonly Split[]
  now(): EpochMs
}

export class MemoryBarSource implements BarSource {
  readonly #options: MemoryBars
  #requests = 0

  constructor(options: MemoryBars) {
    this.#options = options
  }

  get requests(): number {
    return this.#requests
  }

  async readBars({ symbols, timeframe, from, to }: BarQuery): Promise<BarAnswer> {
    this.#requests += 1
    const asked = new Set(symbols)
    const now = this.#options.now()
    const bars = this.#options.bars.flatMap((one) => {
      const { startsAt, symbol } = one.bar
      const isAsked = asked.has(symbol) && one.timeframe === timeframe.name
      return isAsked && one.knownAt <= now && startsAt >= from && startsAt <= to ? [one.bar] : []
    })
    return { bars, unreadable: new Map(), trouble: null }
  }

  async readSplits(symbols: readonly string[], from: string, to: string): Promise<readonly Split[]> {
    this.#requests += 1
    const { splits = [] } = this.#options
    return splits.filter(({ symbol, exDate }) => symbols.includes(symbol) && exDate >= from && exDate <= to)
  }
}
