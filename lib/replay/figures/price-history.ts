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

/** @param points ascending; the histories are sorted by symbol */
export function priceHistories(points: Iterable<PricePoint>): PriceHistory[] {
  const dayOf = tradingDays()
  const bySymbol = new Map<string, { first: number; closes: Map<number, { at: number; price: number }> }>()
  for (const { at, symbol, price } of points) {
    const history = bySymbol.get(symbol) ?? { first: price, closes: new Map() }
    bySymbol.set(symbol, history)
    history.closes.set(dayOf(at), { at, price })
  }
  return [...bySymbol]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([symbol, { first, closes }]) => {
      const all = [...closes.values()]
      return { symbol, first, last: all.at(-1)?.price ?? first, closes: all }
    })
}
