/**
 * What trades came to (docs/backtest.md#figures). A round trip begins when a position is opened from nothing and ends when nothing is
 * held again; what it made is the money that it brought in less what it cost, fees included. A position that is still open counts
 * as none.
 */

/** What was dealt at one time at one price. */
export interface Trade {
  /** Epoch milliseconds. */
  readonly at: number
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly quantity: number
  readonly price: number
  /** Of the order; null: at the market. */
  readonly limit: number | null
  /** In dollars. */
  readonly fee: number
  /** The id of the decision behind it; null for an order of somebody else's. */
  readonly decision: string | null
  /** Of that decision, in rank order. */
  readonly strategies: readonly string[]
}

export interface RoundTrip {
  readonly symbol: string
  readonly openedAt: number
  readonly closedAt: number
  readonly profit: number
  readonly closedBy: Trade
}

export interface TradeFigures {
  readonly trades: number
  readonly roundTrips: number
  /** Share of the round trips that made money; null without any. */
  readonly winRate: number | null
  /** What winners made over what losers lost; null without losers. */
  readonly profitFactor: number | null
  readonly averageWin: number | null
  readonly averageLoss: number | null
  /** Of the round trips, in days; null without any. */
  readonly averageHoldingDays: number | null
  /** Dollars that were dealt, both ways. */
  readonly volume: number
  readonly fees: number
}

const DAY = 86_400_000
/** Quantities are doubles here; what is left below this is nothing. */
const NOTHING = 1e-9

/** @param trades ascending */
export function roundTripsOf(trades: readonly Trade[]): RoundTrip[] {
  const open = new Map<string, { held: number; money: number; openedAt: number }>()
  const done: RoundTrip[] = []
  for (const trade of trades) {
    const { at, symbol, side, quantity, price, fee } = trade
    const position = open.get(symbol) ?? { held: 0, money: 0, openedAt: at }
    open.set(symbol, position)
    const sign = side === 'buy' ? 1 : -1
    position.held += sign * quantity
    position.money -= sign * quantity * price + fee
    if (Math.abs(position.held) > NOTHING) continue
    done.push({ symbol, openedAt: position.openedAt, closedAt: at, profit: position.money, closedBy: trade })
    open.delete(symbol)
  }
  return done
}

/** @param trades ascending */
export function tradeFigures(trades: readonly Trade[]): TradeFigures {
  const trips = roundTripsOf(trades)
  const wins = trips.filter(({ profit }) => profit > 0).map(({ profit }) => profit)
  const losses = trips.filter(({ profit }) => profit < 0).map(({ profit }) => -profit)
  const holding = trips.reduce((sum, { openedAt, closedAt }) => sum + (closedAt - openedAt), 0) / DAY
  return {
    trades: trades.length,
    roundTrips: trips.length,
    winRate: trips.length === 0 ? null : wins.length / trips.length,
    profitFactor: losses.length === 0 ? null : total(wins) / total(losses),
    averageWin: wins.length === 0 ? null : total(wins) / wins.length,
    averageLoss: losses.length === 0 ? null : total(losses) / losses.length,
    averageHoldingDays: trips.length === 0 ? null : holding / trips.length,
    volume: trades.reduce((sum, { quantity, price }) => sum + quantity * price, 0),
    fees: trades.reduce((sum, { fee }) => sum + fee, 0),
  }
}

/** What is held after them, by symbol; negative when short. */
export function positionsAfter(trades: readonly Trade[]): ReadonlyMap<string, number> {
  const held = new Map<string, number>()
  for (const { symbol, side, quantity } of trades) {
    const after = (held.get(symbol) ?? 0) + (side === 'buy' ? quantity : -quantity)
    if (Math.abs(after) > NOTHING) held.set(symbol, after)
    else held.delete(symbol)
  }
  return held
}

/** Share of the time from first to last instant in which something was held, 0 to 1. */
export function exposureOf(trades: readonly Trade[], from: number, to: number): number {
  const held = new Map<string, number>()
  let since: number | null = null
  let exposed = 0
  for (const { at, symbol, side, quantity } of trades) {
    const after = (held.get(symbol) ?? 0) + (side === 'buy' ? quantity : -quantity)
    if (Math.abs(after) > NOTHING) held.set(symbol, after)
    else held.delete(symbol)
    if (held.size > 0) since ??= at
    else if (since !== null) {
      exposed += at - since
      since = null
    }
  }
  if (since !== null) exposed += to - since
  return to > from ? exposed / (to - from) : 0
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
