/**
 * All figures of one account's run, of each symbol and each strategy in it, and what buying and holding the same symbols would
 * have made (docs/backtest.md#figures).
 */
import { buyAndHoldCurve, curveOfTrades } from './curves.ts'
import { type EquityFigures, type EquityValue, equityFigures } from './equity-figures.ts'
import type { PriceHistory } from './price-history.ts'
import { exposureOf, type Trade, type TradeFigures, tradeFigures } from './trade-figures.ts'

/** What a part of the trades came to: as if the account had dealt nothing else. */
export interface PartFigures extends TradeFigures {
  /** Of the round trips and of what is still open, at the last price. */
  readonly profit: number
  readonly equity: EquityFigures
  /** Share of the time in which something was held. */
  readonly exposure: number
  readonly turnover: number | null
}

export interface SymbolFigures extends PartFigures {
  readonly symbol: string
  readonly buyAndHold: number | null
}

/** Of each trade a strategy has an equal share with the others behind its decision. */
export interface StrategyFigures extends PartFigures {
  readonly strategy: string
}

export interface RunFigures {
  readonly startEquity: number
  readonly endEquity: number
  readonly equity: EquityFigures
  readonly trades: TradeFigures
  /** Share of the time in which something was held. */
  readonly exposure: number
  /** Dollars dealt over the average equity, a year; null where that was a debt. */
  readonly turnover: number | null
  /** As much of each symbol at the start, nothing sold; null without prices. */
  readonly buyAndHold: number | null
  /** The same by its own daily closes. */
  readonly benchmark: EquityFigures | null
  readonly bySymbol: readonly SymbolFigures[]
  readonly byStrategy: readonly StrategyFigures[]
}

/** @param equity ascending; the first is what the account began with */
export function runFigures(
  equity: readonly EquityValue[],
  trades: readonly Trade[],
  prices: readonly PriceHistory[],
): RunFigures {
  const figures = equityFigures(equity)
  const dealt = tradeFigures(trades)
  const [first, last] = [equity[0], equity.at(-1)]
  const start = first?.equity ?? 0
  const span = { from: first?.at ?? 0, to: last?.at ?? 0 }
  const part = (own: readonly Trade[]) => partFigures(start, own, prices, span)
  const changes = prices.map(({ first: from, last: to }) => to / from - 1)
  const strategies = [...new Set(trades.flatMap((trade) => trade.strategies))].sort()
  return {
    startEquity: start,
    endEquity: last?.equity ?? 0,
    equity: figures,
    trades: dealt,
    exposure: exposureOf(trades, span.from, span.to),
    turnover: turnoverOf(dealt.volume, equity, figures.years),
    buyAndHold:
      changes.length === 0 ? null : changes.reduce((sum, change) => sum + change, 0) / changes.length,
    benchmark: changes.length === 0 ? null : equityFigures(buyAndHoldCurve(start, prices)),
    bySymbol: prices
      .filter(({ symbol }) => trades.some((trade) => trade.symbol === symbol))
      .map(({ symbol, first: from, last: to }) => {
        const own = part(trades.filter((trade) => trade.symbol === symbol))
        return Object.assign({ symbol, buyAndHold: to / from - 1 }, own)
      }),
    byStrategy: strategies.map((strategy) => Object.assign({ strategy }, part(sharesOf(strategy, trades)))),
  }
}

function partFigures(
  start: number,
  trades: readonly Trade[],
  prices: readonly PriceHistory[],
  { from, to }: { readonly from: number; readonly to: number },
): PartFigures {
  const curve = curveOfTrades(start, trades, prices)
  const equity = equityFigures(curve)
  const dealt = tradeFigures(trades)
  return {
    ...dealt,
    profit: (curve.at(-1)?.equity ?? start) - start,
    equity,
    exposure: exposureOf(trades, from, to),
    turnover: turnoverOf(dealt.volume, curve, equity.years),
  }
}

/** Its part of each trade that it was behind. */
function sharesOf(strategy: string, trades: readonly Trade[]): Trade[] {
  return trades
    .filter(({ strategies }) => strategies.includes(strategy))
    .map((trade) => {
      const share = 1 / trade.strategies.length
      return Object.assign({}, trade, { quantity: trade.quantity * share, fee: trade.fee * share })
    })
}

function turnoverOf(volume: number, equity: readonly EquityValue[], years: number): number | null {
  const average = equity.reduce((sum, point) => sum + point.equity, 0) / Math.max(1, equity.length)
  return years === 0 || average <= 0 ? null : volume / average / years
}
