/**
 * Equity curves that no account had (docs/backtest.md#figures): of a part of its trades, as if it had dealt nothing else, and of
 * buying and holding.
 */
import type { EquityValue } from './equity-figures.ts'
import type { PriceHistory } from './price-history.ts'
import type { Trade } from './trade-figures.ts'

/**
 * What the account would have had with these trades alone: what it began with, then its value at the last tick of each day,
 * before what was dealt at that tick; the last point after everything.
 * @param trades ascending
 */
export function curveOfTrades(
  start: number,
  trades: readonly Trade[],
  prices: readonly PriceHistory[],
): EquityValue[] {
  const dealt = new Set(trades.map(({ symbol }) => symbol))
  const marks = ascending(prices.filter(({ symbol }) => dealt.has(symbol)))
  const held = new Map<string, number>()
  const known = new Map<string, number>()
  let money = start
  let next = 0
  const dealUpTo = (isDue: (trade: Trade) => boolean) => {
    for (let trade = trades[next]; trade !== undefined && isDue(trade); trade = trades[next]) {
      const quantity = trade.side === 'buy' ? trade.quantity : -trade.quantity
      held.set(trade.symbol, (held.get(trade.symbol) ?? 0) + quantity)
      known.set(trade.symbol, known.get(trade.symbol) ?? trade.price)
      money -= quantity * trade.price + trade.fee
      next += 1
    }
  }
  const worth = () =>
    [...held].reduce((sum, [symbol, quantity]) => sum + quantity * (known.get(symbol) ?? 0), money)
  const curve: EquityValue[] = []
  for (const { at, symbols } of marks) {
    dealUpTo((trade) => trade.at < at)
    for (const [symbol, price] of symbols) known.set(symbol, price)
    curve.push({ at, equity: worth() })
  }
  dealUpTo(() => true)
  const [first, last] = [marks[0], marks.at(-1)]
  if (first === undefined || last === undefined) return []
  return [{ at: first.at, equity: start }, ...curve, { at: last.at, equity: worth() }]
}

/** The same money in each symbol at its first price, nothing sold; what waits for a first price is cash. Begins with that money. */
export function buyAndHoldCurve(start: number, prices: readonly PriceHistory[]): EquityValue[] {
  const growth = new Map(prices.map(({ symbol }) => [symbol, 1]))
  const first = new Map(prices.map((history) => [history.symbol, history.first]))
  const marks = ascending(prices)
  const values = marks.map(({ at, symbols }) => {
    for (const [symbol, price] of symbols) growth.set(symbol, price / (first.get(symbol) ?? price))
    const mean = [...growth.values()].reduce((sum, value) => sum + value, 0) / Math.max(1, growth.size)
    return { at, equity: start * mean }
  })
  return marks[0] === undefined ? [] : [{ at: marks[0].at, equity: start }, ...values]
}

/** The closes of all histories, by time. */
function ascending(
  prices: readonly PriceHistory[],
): { readonly at: number; readonly symbols: readonly (readonly [symbol: string, price: number])[] }[] {
  const byTime = new Map<number, [string, number][]>()
  for (const { symbol, closes } of prices) {
    for (const { at, price } of closes) {
      const symbols = byTime.get(at)
      if (symbols === undefined) byTime.set(at, [[symbol, price]])
      else symbols.push([symbol, price])
    }
  }
  return [...byTime].sort(([left], [right]) => left - right).map(([at, symbols]) => ({ at, symbols }))
}
