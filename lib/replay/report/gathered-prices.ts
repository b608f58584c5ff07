/** Prices as a report needs them, gathered one by one: closes of days for figures, and what its chart shows. */
import { tradingDays } from '../figures/trading-days.ts'
import type { PriceHistory, PricePoint } from '../figures/price-history.ts'
import type { DataPoint, PriceData } from './report-data.ts'

export interface GatheredPrices {
  /** By symbol. */
  readonly histories: readonly PriceHistory[]
  /** In the order in which symbols came. */
  readonly shown: readonly PriceData[]
}

interface Gathered {
  readonly first: number
  readonly closes: Map<number, { at: number; price: number }>
  /** Null when there are more than are shown one by one. */
  points: DataPoint[] | null
  /** Seconds. */
  lastAt: number
}

/** More points than these of a symbol are shown by the day. */
const MOST_POINTS = 20_000

export class PriceGatherer {
  readonly #symbols = new Map<string, Gathered>()
  readonly #dayOf = tradingDays()

  /** Each symbol's in ascending order; a later price of the same second replaces the earlier, one from before is passed over. */
  add({ at, symbol, price }: PricePoint): void {
    const second = Math.floor(at / 1000)
    const known = this.#symbols.get(symbol)
    const own: Gathered = known ?? { first: price, closes: new Map(), points: [], lastAt: -Infinity }
    if (known === undefined) this.#symbols.set(symbol, own)
    if (second < own.lastAt) return
    own.closes.set(this.#dayOf(at), { at, price })
    if (second === own.lastAt) own.points?.pop()
    own.points?.push([second, price])
    own.lastAt = second
    if (own.points !== null && own.points.length > MOST_POINTS) own.points = null
  }

  finish(): GatheredPrices {
    const histories = [...this.#symbols].map(([symbol, { first, closes }]) => {
      const all = [...closes.values()]
      return { symbol, first, last: all.at(-1)?.price ?? first, closes: all }
    })
    const shown = [...this.#symbols].map(([symbol, { points, closes }]) => ({
      symbol,
      points:
        points ?? [...closes.values()].map(({ at, price }): DataPoint => [Math.floor(at / 1000), price]),
    }))
    return { histories: histories.sort((left, right) => (left.symbol < right.symbol ? -1 : 1)), shown }
  }
}

export function gatheredPrices(points: Iterable<PricePoint>): GatheredPrices {
  const gatherer = new PriceGatherer()
  for (const point of points) gatherer.add(point)
  return gatherer.finish()
}
