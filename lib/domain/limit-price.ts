/**
 * The limit of an order (docs/architecture.md#sizing): what a strategy names, in the broker's increments, and the price that an order
 * with it is judged at.
 *
 * Increments: cents from a dollar on and hundredths of them below for shares
 * (https://docs.alpaca.markets/docs/orders-at-alpaca, "Sub-penny increments for limit orders"). A pair of coins has one of its
 * own there (`price_increment` of https://docs.alpaca.markets/reference/get-v2-assets-symbol_or_asset_id), which nobody asks for
 * here: as many digits as a Decimal has, and the broker refuses what it does not take.
 *
 * Invariant: rounding never makes a limit worse than what was named.
 */
import { type Decimal, asDecimal, decimal } from './decimal.ts'
import type { Direction } from './intent.ts'
import { isCrypto } from './symbol.ts'

const DOLLAR = decimal('1')
const CENT = decimal('0.01')
const SUB_PENNY = decimal('0.0001')
const SMALLEST = asDecimal(1n)

/** The steps that a limit may take at the broker. */
export function priceIncrement(symbol: string, price: Decimal): Decimal {
  if (isCrypto(symbol)) return SMALLEST
  return price >= DOLLAR ? CENT : SUB_PENNY
}

/** The nearest increment away from the market: down for a buy, to zero for one that is too low for the broker, up for a sell. */
export function roundedLimit(symbol: string, side: Direction, limit: Decimal): Decimal {
  const increment = priceIncrement(symbol, limit)
  const beyond = limit % increment
  if (beyond === 0n) return limit
  return asDecimal(side === 'buy' ? limit - beyond : limit - beyond + increment)
}

/** Whether an order of this side would not deal at the price. */
export function isBeyondLimit(side: Direction, price: Decimal, limit: Decimal): boolean {
  return side === 'buy' ? price > limit : price < limit
}

interface PricedOrder {
  readonly side: Direction
  /** The signal's; null when it has none. */
  readonly price: Decimal | null
  readonly limitPrice: Decimal | null
}

/** The price that an order is sized and checked at: a limit buy may cost its limit. Null without a price of the signal. */
export function judgedPrice({ side, price, limitPrice }: PricedOrder): Decimal | null {
  return price === null || side === 'sell' ? price : (limitPrice ?? price)
}
