/**
 * What dealing costs beside the price, for backtests: slippage moves the price against the order, fees are taken from the
 * account's cash. Alpaca takes no commission; what its users pay is in https://alpaca.markets/support/regulatory-fees.
 */
import { asDecimal, decimal, mul, ZERO, type Decimal } from '../domain/decimal.ts'
import type { Direction } from '../domain/intent.ts'

export interface TradingCosts {
  /** Hundredths of a percent of what is dealt. */
  readonly feeBasisPoints: Decimal
  /** Per share or coin, in dollars. */
  readonly feePerShare: Decimal
  /** Hundredths of a percent of the price. */
  readonly slippageBasisPoints: Decimal
}

export const NO_COSTS: TradingCosts = { feeBasisPoints: ZERO, feePerShare: ZERO, slippageBasisPoints: ZERO }

const BASIS_POINT = decimal('0.0001')

/** The price that an order of this side really gets. */
export function priceWithSlippage(
  price: Decimal,
  side: Direction,
  { slippageBasisPoints }: TradingCosts,
): Decimal {
  const slip = mul(price, mul(slippageBasisPoints, BASIS_POINT))
  return asDecimal(side === 'buy' ? price + slip : price - slip)
}

/** In dollars. */
export function feeOf(
  quantity: Decimal,
  price: Decimal,
  { feeBasisPoints, feePerShare }: TradingCosts,
): Decimal {
  return asDecimal(mul(mul(quantity, price), mul(feeBasisPoints, BASIS_POINT)) + mul(quantity, feePerShare))
}
