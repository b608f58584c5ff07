/** What symbols cost in a run, by date: what positions are valued at and what buying and holding is measured by. */
import { tradingDays } from './trading-days.ts'

/** A price at the tick that first knew it. */
export interface PricePoint {
  /** Epoch milliseconds. */
  readonly at: number
  readonly symbol: string
  readonly price: number
}

export interface PriceHistory {
  readonly symbol: string
  readonly first: number
  readonly last: number
  /** The last price of each day, ascending. */
  readonly closes: readonly Pick<PricePoint, 'at' | 'price'>[]
}

/** Gathers the histories of symbols price by price, each symbol's ascending. */
export class PriceHistoryGatherer {
  readonly #dayOf = tradingDays()
  readonly #symbols = new Map<string, { first: number; closes: Map<number, { at: number; price: number }> }>()

  add({ at, symbol, price }: PricePoint): void {
    const history = this.#symbols.get(symbol) ?? { first: price, closes: new Map() }
    this.#symbols.set(symbol, history)
    history.closes.set(this.#dayOf(at), { at, price })
  }

  /** Sorted by symbol. */
  finish(): PriceHistory[] {
    return [...this.#symbols]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([symbol, { first, closes }]) => {
        const all = [...closes.values()]
        return { symbol, first, last: all.at(-1)?.price ?? first, closes: all }
      })
  }
}

/** @param points ascending; the histories are sorted by symbol */
export function priceHistories(points: Iterable<PricePoint>): PriceHistory[] {
  const gatherer = new PriceHistoryGatherer()
  for (const point of points) gatherer.add(point)
  return gatherer.finish()
}
