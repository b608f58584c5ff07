/**
 * What trades came to (docs/backtest.md#figures). A round trip begins when a position is opened from nothing and ends when nothing is
 * held again; what it made is the money that it brought in less what it cost, fees included. A trade that takes a position through
 * nothing ends one and begins the next, as in https://nautilustrader.io/docs/latest/concepts/positions ("position flipping"). A
 * position that is still open counts as none.
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
  /** Not dealt: held already when what is reported began, and counted from the first price of then on. */
  readonly wasHeld?: true
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
/** Quantities and money are doubles here: of what is left, so small a share of what was dealt comes of their rounding alone. */
const ROUNDING = 1e-12

interface OpenPosition {
  readonly openedAt: number
  /** Negative when short. */
  readonly held: number
  /** What came in less what went out. */
  readonly money: number
  /** Both ways, in shares and in dollars. */
  readonly dealt: { readonly quantity: number; readonly value: number }
}

/** @param trades ascending */
export function roundTripsOf(trades: readonly Trade[]): RoundTrip[] {
  const open = new Map<string, OpenPosition>()
  const done: RoundTrip[] = []
  for (const trade of trades) {
    const { at, symbol } = trade
    const before = open.get(symbol)
    const whole = after(before, trade)
    const isFlat = whole.held === 0
    const isThrough = before !== undefined && before.held * whole.held < 0
    if (!isFlat && !isThrough) {
      open.set(symbol, whole)
      continue
    }
    const { openedAt, money, dealt } = isThrough ? after(before, trade, Math.abs(before.held)) : whole
    const profit = withoutRounding(money, dealt.value)
    done.push({ symbol, openedAt, closedAt: at, profit, closedBy: trade })
    if (isFlat) open.delete(symbol)
    else open.set(symbol, after(undefined, trade, Math.abs(whole.held)))
  }
  return done
}

/** The position after a trade, or after so much of it. */
function after(before: OpenPosition | undefined, trade: Trade, quantity = trade.quantity): OpenPosition {
  const value = quantity * trade.price
  const sign = trade.side === 'buy' ? 1 : -1
  const dealt = {
    quantity: (before?.dealt.quantity ?? 0) + quantity,
    value: (before?.dealt.value ?? 0) + value,
  }
  return {
    openedAt: before?.openedAt ?? trade.at,
    held: withoutRounding((before?.held ?? 0) + sign * quantity, dealt.quantity),
    money: (before?.money ?? 0) - sign * value - (trade.fee * quantity) / trade.quantity,
    dealt,
  }
}

function withoutRounding(left: number, dealt: number): number {
  return Math.abs(left) <= dealt * ROUNDING ? 0 : left
}

/** @param trades ascending */
export function tradeFigures(trades: readonly Trade[]): TradeFigures {
  const trips = roundTripsOf(trades)
  const dealt = trades.filter(({ wasHeld }) => wasHeld !== true)
  const wins = trips.filter(({ profit }) => profit > 0).map(({ profit }) => profit)
  const losses = trips.filter(({ profit }) => profit < 0).map(({ profit }) => -profit)
  const holding = trips.reduce((sum, { openedAt, closedAt }) => sum + (closedAt - openedAt), 0) / DAY
  return {
    trades: dealt.length,
    roundTrips: trips.length,
    winRate: trips.length === 0 ? null : wins.length / trips.length,
    profitFactor: losses.length === 0 ? null : total(wins) / total(losses),
    averageWin: wins.length === 0 ? null : total(wins) / wins.length,
    averageLoss: losses.length === 0 ? null : total(losses) / losses.length,
    averageHoldingDays: trips.length === 0 ? null : holding / trips.length,
    volume: dealt.reduce((sum, { quantity, price }) => sum + quantity * price, 0),
    fees: dealt.reduce((sum, { fee }) => sum + fee, 0),
  }
}

/** What is held after them, by symbol; negative when short. */
export function positionsAfter(trades: readonly Trade[]): ReadonlyMap<string, number> {
  const open = new Map<string, OpenPosition>()
  for (const trade of trades) hold(open, trade)
  return new Map([...open].map(([symbol, { held }]) => [symbol, held]))
}

/** Share of the time from first to last instant in which something was held, 0 to 1. */
export function exposureOf(trades: readonly Trade[], from: number, to: number): number {
  const open = new Map<string, OpenPosition>()
  let since: number | null = null
  let exposed = 0
  for (const trade of trades) {
    hold(open, trade)
    if (open.size > 0) since ??= trade.at
    else if (since !== null) {
      exposed += trade.at - since
      since = null
    }
  }
  if (since !== null) exposed += to - since
  return to > from ? exposed / (to - from) : 0
}

function hold(open: Map<string, OpenPosition>, trade: Trade): void {
  const position = after(open.get(trade.symbol), trade)
  if (position.held === 0) open.delete(trade.symbol)
  else open.set(trade.symbol, position)
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
