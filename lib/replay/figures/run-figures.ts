/** All figures of one account's run, and what buying and holding the same symbols would have made (docs/backtest.md#figures). */
import { type EquityFigures, type EquityValue, equityFigures } from './equity-figures.ts'
import { exposureOf, type Trade, type TradeFigures, tradeFigures } from './trade-figures.ts'

/** A symbol's first and last known price in the run. */
export interface PriceSpan {
  readonly symbol: string
  readonly first: number
  readonly last: number
}

export interface SymbolFigures extends TradeFigures {
  readonly symbol: string
  /** Of the round trips and of what is still open, at the last price. */
  readonly profit: number
  readonly buyAndHold: number | null
}

export interface RunFigures {
  readonly startEquity: number
  readonly endEquity: number
  readonly equity: EquityFigures
  readonly trades: TradeFigures
  /** Share of the time in which something was held. */
  readonly exposure: number
  /** Dollars dealt over the average equity, a year. */
  readonly turnover: number | null
  /** As much of each symbol at the start, nothing sold; null without prices. */
  readonly buyAndHold: number | null
  readonly bySymbol: readonly SymbolFigures[]
}

const DAYS_A_YEAR = 252

/** @param equity ascending; the first is what the account began with */
export function runFigures(
  equity: readonly EquityValue[],
  trades: readonly Trade[],
  prices: readonly PriceSpan[],
): RunFigures {
  const figures = equityFigures(equity)
  const dealt = tradeFigures(trades)
  const [first, last] = [equity[0], equity.at(-1)]
  const average = equity.reduce((sum, point) => sum + point.equity, 0) / Math.max(1, equity.length)
  const changes = prices.map(({ first: from, last: to }) => to / from - 1)
  return {
    startEquity: first?.equity ?? 0,
    endEquity: last?.equity ?? 0,
    equity: figures,
    trades: dealt,
    exposure: exposureOf(trades, first?.at ?? 0, last?.at ?? 0),
    turnover:
      figures.days === 0 || average === 0 ? null : (dealt.volume / average) * (DAYS_A_YEAR / figures.days),
    buyAndHold:
      changes.length === 0 ? null : changes.reduce((sum, change) => sum + change, 0) / changes.length,
    bySymbol: prices
      .filter(({ symbol }) => trades.some((trade) => trade.symbol === symbol))
      .map((span) => symbolFigures(span, trades)),
  }
}

function symbolFigures({ symbol, first, last }: PriceSpan, trades: readonly Trade[]): SymbolFigures {
  const own = trades.filter((trade) => trade.symbol === symbol)
  let held = 0
  let money = 0
  for (const { side, quantity, price, fee } of own) {
    const sign = side === 'buy' ? 1 : -1
    held += sign * quantity
    money -= sign * quantity * price + fee
  }
  return { symbol, ...tradeFigures(own), profit: money + held * last, buyAndHold: last / first - 1 }
}
