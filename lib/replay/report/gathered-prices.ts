/** Prices as a report needs them, gathered one by one: closes of days for figures, and what its chart shows. */
import { type PriceHistory, PriceHistoryGatherer, type PricePoint } from '../figures/price-history.ts'
import type { DataPoint, PriceData } from './report-data.ts'

export interface GatheredPrices {
  /** By symbol. */
  readonly histories: readonly PriceHistory[]
  /** In the order in which symbols came. */
  readonly shown: readonly PriceData[]
}

interface Shown {
  /** Null when there are more than are shown one by one. */
  points: DataPoint[] | null
  /** Seconds. */
  lastAt: number
}

/** More points than these of a symbol are shown by the day. */
const MOST_POINTS = 20_000

export class PriceGatherer {
  readonly #histories = new PriceHistoryGatherer()
  readonly #shown = new Map<string, Shown>()

  /** Each symbol's in ascending order; a later price of the same second replaces the earlier, one from before is passed over. */
  add(point: PricePoint): void {
    const { at, symbol, price } = point
    const second = Math.floor(at / 1000)
    const own: Shown = this.#shown.get(symbol) ?? { points: [], lastAt: -Infinity }
    this.#shown.set(symbol, own)
    if (second < own.lastAt) return
    this.#histories.add(point)
    if (second === own.lastAt) own.points?.pop()
    own.points?.push([second, price])
    own.lastAt = second
    if (own.points !== null && own.points.length > MOST_POINTS) own.points = null
  }

  finish(): GatheredPrices {
    const histories = this.#histories.finish()
    const closesOf = new Map(histories.map(({ symbol, closes }) => [symbol, closes]))
    const byDay = (symbol: string) =>
      (closesOf.get(symbol) ?? []).map(({ at, price }): DataPoint => [Math.floor(at / 1000), price])
    const shown = [...this.#shown].map(([symbol, { points }]) => ({
      symbol,
      points: points ?? byDay(symbol),
    }))
    return { histories, shown }
  }
}

export function gatheredPrices(points: Iterable<PricePoint>): GatheredPrices {
  const gatherer = new PriceGatherer()
  for (const point of points) gatherer.add(point)
  return gatherer.finish()
}
