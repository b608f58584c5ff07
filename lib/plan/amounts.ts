/**
 * Products and quotients of amounts that must not be rounded to the nearest: a limit compared with a
 * rounded-down cost, or a quantity that was rounded up, would let an order exceed its budget.
 */
import { type Decimal, ONE, asDecimal } from '../domain/decimal.ts'

/** `quantity` x `price`, rounded up to the next 1e-8. Neither may be negative. */
export function costOf(quantity: Decimal, price: Decimal): Decimal {
  return asDecimal((quantity * price + ONE - 1n) / ONE)
}

/** The share of an amount that is surely available: rounded down, zero for a negative amount. */
export function shareOf(amount: Decimal, fraction: Decimal): Decimal {
  return amount <= 0n ? asDecimal(0n) : asDecimal((amount * fraction) / ONE)
}

/** How much of something at `price` (greater than zero) a budget surely buys: rounded down. */
export function quantityFor(budget: Decimal, price: Decimal): Decimal {
  return budget <= 0n ? asDecimal(0n) : asDecimal((budget * ONE) / price)
}
