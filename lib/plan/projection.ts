/**
 * The projected account that risk checks look at (docs/architecture.md#decisions-and-risk): the broker's
 * snapshot, with unsettled
 * executions counted as open orders, moved along by every decision that this plan accepts.
 *
 * Invariants: values are immutable; accepting an order never raises buying power nor what may be sold (a
 * sale's proceeds and a purchase's shares count only once the broker reports them); an order that the
 * broker lists is counted once, even if its execution is unsettled.
 */
import type { AccountSnapshot } from '../domain/account.ts'
import { type Decimal, ZERO, asDecimal, max, min } from '../domain/decimal.ts'
import type { Direction } from '../domain/intent.ts'
import type { UnsettledOrder } from '../domain/plan.ts'
import { type AccountView, freezeView } from '../strategy/account-view.ts'
import { costOf } from './amounts.ts'

/** One symbol of the projected account. */
export interface ProjectedHolding {
  /** As the broker reports it; negative for a short position. */
  readonly held: Decimal
  readonly averageEntryPrice: Decimal | null
  /** What open orders still want to buy and to sell. */
  readonly openBuys: Decimal
  readonly openSells: Decimal
  /** The part of `openBuys` that the broker may not have taken out of the buying power yet. */
  readonly unreservedBuys: Decimal
}

export interface ProjectedAccount {
  readonly equity: Decimal
  readonly lastEquity: Decimal
  readonly buyingPower: Decimal
  /** For coins, which nobody lends money for. */
  readonly nonMarginableBuyingPower: Decimal
  readonly tradingBlocked: boolean
  readonly holdings: ReadonlyMap<string, ProjectedHolding>
  /** Orders accepted by this plan so far. */
  readonly acceptedOrders: number
  /** Executions of earlier cycles whose fate is not known. */
  readonly unsettledOrders: number
}

const NOTHING: ProjectedHolding = {
  held: ZERO,
  averageEntryPrice: null,
  openBuys: ZERO,
  openSells: ZERO,
  unreservedBuys: ZERO,
}

/** The account before this plan's first decision. */
export function projectAccount(
  snapshot: AccountSnapshot,
  unsettled: readonly UnsettledOrder[],
): ProjectedAccount {
  const holdings = new Map<string, ProjectedHolding>()
  const update = (symbol: string, change: (holding: ProjectedHolding) => ProjectedHolding) =>
    holdings.set(symbol, change(holdings.get(symbol) ?? NOTHING))

  for (const { symbol, quantity, averageEntryPrice } of snapshot.positions) {
    update(symbol, (holding) => ({
      ...holding,
      held: asDecimal(holding.held + quantity),
      averageEntryPrice,
    }))
  }
  const listed = new Set<string>()
  for (const order of snapshot.openOrders) {
    listed.add(order.clientOrderId)
    const remaining = max(ZERO, asDecimal(order.quantity - order.filledQuantity))
    update(order.symbol, (holding) => withOpenOrder(holding, order.side, remaining))
  }
  for (const order of unsettled) {
    if (listed.has(order.clientOrderId)) continue
    update(order.symbol, (holding) => ({
      ...withOpenOrder(holding, order.side, order.quantity),
      unreservedBuys: asDecimal(holding.unreservedBuys + (order.side === 'buy' ? order.quantity : 0n)),
    }))
  }
  const { equity, lastEquity, buyingPower, nonMarginableBuyingPower, tradingBlocked } = snapshot.balance
  return {
    equity,
    lastEquity,
    buyingPower,
    nonMarginableBuyingPower: nonMarginableBuyingPower ?? ZERO,
    tradingBlocked,
    holdings,
    acceptedOrders: 0,
    unsettledOrders: unsettled.length,
  }
}

export function holdingOf(account: ProjectedAccount, symbol: string): ProjectedHolding {
  return account.holdings.get(symbol) ?? NOTHING
}

/** What plugins see of the account at a signal of this symbol. */
export function viewOf(account: ProjectedAccount, symbol: string): AccountView {
  const { held: quantity, averageEntryPrice, openBuys, openSells } = holdingOf(account, symbol)
  const { equity, buyingPower } = account
  return freezeView({
    position: { quantity, averageEntryPrice, openBuys, openSells },
    account: { equity, buyingPower },
  })
}

/**
 * How much of the position an order of this side can still close: what is held less the open orders on that side. Null
 * when it would close nothing, as there is no position on the other side.
 */
export function closableOf({ held, openBuys, openSells }: ProjectedHolding, side: Direction): Decimal | null {
  if (side === 'sell') return held > 0n ? max(ZERO, asDecimal(held - openSells)) : null
  return held < 0n ? max(ZERO, asDecimal(0n - held - openBuys)) : null
}

/**
 * How much of an order opens or enlarges a position, long or short; zero for one that only reduces. Checks
 * that limit exposure leave reducing orders alone, so that an account over a limit can still get out.
 */
export function openingPart(holding: ProjectedHolding, side: Direction, quantity: Decimal): Decimal {
  return asDecimal(quantity - min(quantity, closableOf(holding, side) ?? ZERO))
}

/** The position if every open order on the given side and this one were filled. */
export function positionAfter(holding: ProjectedHolding, side: Direction, quantity: Decimal): Decimal {
  return side === 'buy'
    ? asDecimal(holding.held + holding.openBuys + quantity)
    : asDecimal(holding.held - holding.openSells - quantity)
}

/**
 * Takes the cost of a symbol's unsettled buys out of the buying power, once, when this plan first learns a
 * price of the symbol (an execution has none of its own).
 */
export function reserveUnsettledBuys(
  account: ProjectedAccount,
  symbol: string,
  price: Decimal,
): ProjectedAccount {
  const holding = holdingOf(account, symbol)
  if (holding.unreservedBuys === ZERO) return account
  return {
    ...spent(account, costOf(holding.unreservedBuys, price)),
    holdings: new Map(account.holdings).set(symbol, { ...holding, unreservedBuys: ZERO }),
  }
}

/** The account after an accepted order. */
export function acceptOrder(
  account: ProjectedAccount,
  order: {
    readonly symbol: string
    readonly side: Direction
    readonly quantity: Decimal
    readonly price: Decimal
  },
): ProjectedAccount {
  const holding = holdingOf(account, order.symbol)
  const cost = costOf(openingPart(holding, order.side, order.quantity), order.price)
  return {
    ...spent(account, cost),
    holdings: new Map(account.holdings).set(order.symbol, withOpenOrder(holding, order.side, order.quantity)),
    acceptedOrders: account.acceptedOrders + 1,
  }
}

function spent(account: ProjectedAccount, cost: Decimal): ProjectedAccount {
  return {
    ...account,
    buyingPower: asDecimal(account.buyingPower - cost),
    nonMarginableBuyingPower: asDecimal(account.nonMarginableBuyingPower - cost),
  }
}

function withOpenOrder(holding: ProjectedHolding, side: Direction, quantity: Decimal): ProjectedHolding {
  return side === 'buy'
    ? { ...holding, openBuys: asDecimal(holding.openBuys + quantity) }
    : { ...holding, openSells: asDecimal(holding.openSells + quantity) }
}
