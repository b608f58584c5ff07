/** One account's part of a report, from its figures, trades and explained decisions. */
import { asNumber } from '../figures/as-number.ts'
import { dailyCloses, type EquityValue } from '../figures/equity-figures.ts'
import { buyAndHoldCurve } from '../figures/curves.ts'
import type { PriceHistory } from '../figures/price-history.ts'
import type { RunFigures } from '../figures/run-figures.ts'
import { positionsAfter, roundTripsOf, type Trade } from '../figures/trade-figures.ts'
import { tradingDate, tradingDays } from '../figures/trading-days.ts'
import type { Explanation } from '../explain/explanation.ts'
import type { AccountData, DataPoint, DecisionData, MonthData } from './report-data.ts'

/** What an account's part is made of, beside its decisions. */
export interface ReportedAccount {
  readonly label: string
  readonly figures: RunFigures
  /** Ascending; the first is what the account began with. */
  readonly equity: readonly EquityValue[]
  readonly trades: readonly Trade[]
  readonly counts: AccountData['counts']
  readonly strategies: AccountData['strategies']
}

const SECOND = 1000

/** Gathers an account's decisions one by one, so that their explanations need not be held. */
export class AccountGatherer {
  readonly #account: ReportedAccount
  readonly #trades: ReadonlyMap<string, Trade>
  readonly #profits: ReadonlyMap<Trade, number>
  readonly #decisions: DecisionData[] = []
  readonly #denials = new Map<string, [number, string, number]>()
  readonly #dayOf = tradingDays()

  constructor(account: ReportedAccount) {
    this.#account = account
    const { trades } = account
    this.#trades = new Map(
      trades.flatMap((trade) => (trade.decision === null ? [] : [[trade.decision, trade]])),
    )
    this.#profits = new Map(roundTripsOf(trades).map(({ closedBy, profit }) => [closedBy, profit]))
  }

  add(explained: Explanation): void {
    const decision = this.#dataOf(explained)
    this.#decisions.push(decision)
    if (decision.outcome !== 'denied') return
    const day = this.#dayOf(decision.at * SECOND) / SECOND
    const reason = explained.denied ?? explained.order?.denied ?? ''
    const key = `${day} ${reason}`
    const counted = this.#denials.get(key) ?? [day, reason, 0]
    counted[2] += 1
    this.#denials.set(key, counted)
  }

  finish(prices: readonly PriceHistory[]): AccountData {
    const { label, figures, equity, counts, strategies } = this.#account
    const benchmark = buyAndHoldCurve(figures.startEquity, prices)
    return {
      label,
      figures,
      equity: closesOf(equity),
      benchmark: closesOf(benchmark),
      drawdown: drawdownOf(equity),
      months: monthsOf(equity, benchmark),
      held: stillHeld(this.#account.trades, prices),
      decisions: this.#decisions,
      denials: [...this.#denials.values()],
      counts,
      strategies,
    }
  }

  #dataOf(explained: Explanation): DecisionData {
    const { decisionId, symbol, side, quantity, price, denied, figures, order, planned } = explained
    const trade = this.#trades.get(decisionId)
    const reason = denied ?? order?.denied ?? null
    const behind =
      planned?.merge === null || planned === null
        ? planned?.strategies.flatMap(({ side: wanted, strategy }) => (wanted === null ? [] : [strategy]))
        : planned.merge.intents.flatMap(({ won, strategy }) => (won ? [strategy] : []))
    return {
      at: Math.floor((trade?.at ?? explained.tickAt) / SECOND),
      symbol,
      side: side === 'buy' ? 'buy' : 'sell',
      quantity: trade?.quantity ?? asNumber(quantity),
      price: trade?.price ?? (price === null ? null : asNumber(price)),
      fee: trade?.fee ?? 0,
      strategies: (trade?.strategies ?? behind ?? []).join(', '),
      reasons: explained.reasons.join(', '),
      outcome: reason !== null ? 'denied' : trade !== undefined ? 'filled' : (order?.state ?? 'not sent'),
      detail: reason === null ? '' : figures === null ? reason : `${reason}: ${figures}`,
      profit: trade === undefined ? null : (this.#profits.get(trade) ?? null),
    }
  }
}

function closesOf(curve: readonly EquityValue[]): DataPoint[] {
  return dailyCloses(curve).map(({ day, equity }): DataPoint => [day / SECOND, equity])
}

function stillHeld(trades: readonly Trade[], prices: readonly PriceHistory[]): AccountData['held'] {
  const last = new Map(prices.map((history) => [history.symbol, history.last]))
  return [...positionsAfter(trades)].map(([symbol, quantity]) => [
    symbol,
    quantity,
    quantity * (last.get(symbol) ?? 0),
  ])
}

function drawdownOf(curve: readonly EquityValue[]): DataPoint[] {
  let peak = curve[0]?.equity ?? 0
  return closesOf(curve).map(([at, equity]): DataPoint => {
    peak = Math.max(peak, equity)
    return [at, peak === 0 ? 0 : equity / peak - 1]
  })
}

function monthsOf(equity: readonly EquityValue[], benchmark: readonly EquityValue[]): MonthData[] {
  const held = monthlyReturns(benchmark)
  return [...monthlyReturns(equity)].map(([month, account]) => ({
    month,
    account,
    benchmark: held.get(month) ?? null,
  }))
}

/** Of each month against the end of the one before, the first against the start; null: that was nothing, or a debt. */
function monthlyReturns(curve: readonly EquityValue[]): ReadonlyMap<string, number | null> {
  const ends = new Map<string, number>()
  for (const { day, equity } of dailyCloses(curve)) ends.set(tradingDate(day).slice(0, 7), equity)
  let before = curve[0]?.equity ?? 0
  const returns = new Map<string, number | null>()
  for (const [month, end] of ends) {
    returns.set(month, before <= 0 ? null : end / before - 1)
    before = end
  }
  return returns
}
