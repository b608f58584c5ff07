/** What the figures of a run are made from: trades as the exchange filled them, equity as cycles found it, prices of the schedule. */
import type { AccountLabel } from '../domain/account-label.ts'
import { div } from '../domain/decimal.ts'
import type { PaperExchange } from '../exchange/paper-exchange.ts'
import type { Schedule } from '../market/schedule.ts'
import { asNumber } from '../replay/figures/as-number.ts'
import type { PriceHistory, PricePoint } from '../replay/figures/price-history.ts'
import { type RunFigures, runFigures } from '../replay/figures/run-figures.ts'
import type { Trade } from '../replay/figures/trade-figures.ts'
import type { EquityHistory } from './cycle-tally.ts'
import type { AccountRecords } from './run-report.ts'

/** Every filled order of an account, by the time of its last fill. */
export function tradesOf(
  exchange: PaperExchange,
  label: AccountLabel,
  { decisions, executions }: AccountRecords,
): Trade[] {
  const strategies = new Map(
    decisions.map(({ decisionId, sourceStrategyIds }) => [decisionId, sourceStrategyIds]),
  )
  const decisionOf = new Map<string, (typeof executions)[number]['decisionId']>(
    executions.map(({ clientOrderId, decisionId }) => [clientOrderId, decisionId]),
  )
  return [...exchange.account(label).orders.values()]
    .filter(({ filledQuantity }) => filledQuantity > 0n)
    .map((order): Trade => {
      const decision = decisionOf.get(order.clientOrderId)
      return {
        at: order.updatedAt,
        symbol: order.symbol,
        side: order.side,
        quantity: asNumber(order.filledQuantity),
        price: asNumber(div(order.filledValue, order.filledQuantity)),
        limit: order.limitPrice === null ? null : asNumber(order.limitPrice),
        fee: asNumber(order.fees),
        decision: decision ?? null,
        strategies: decision === undefined ? [] : (strategies.get(decision) ?? []),
      }
    })
    .sort((left, right) => left.at - right.at)
}

/** Every price that the schedule tells, at the tick that first knows it. */
export function* pricesOf({ prices }: Pick<Schedule, 'prices'>): Generator<PricePoint> {
  for (const { at, symbol, price } of prices()) yield { at, symbol, price: asNumber(price) }
}

export function figuresOf(
  equity: EquityHistory,
  trades: readonly Trade[],
  prices: readonly PriceHistory[],
): RunFigures {
  return runFigures(
    Array.from(equity, (point) => ({ at: point.at, equity: asNumber(point.equity) })),
    trades,
    prices,
  )
}
