/**
 * What dealing costs beside the price, for backtests: slippage moves the price against the order, fees are taken from the
 * account's cash. Alpaca takes no commission; what its users pay is in https://alpaca.markets/support/regulatory-fees.
 */
import { asDecimal, decimal, formatDecimal, mul, ZERO, type Decimal } from '../domain/decimal.ts'
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

/** `fees 2 bp and 0.005 a share, slippage 5 bp`; bp are hundredths of a percent. */
export function costsInWords({ feeBasisPoints, feePerShare, slippageBasisPoints }: TradingCosts): string {
  const fees = [
    ...(feeBasisPoints === ZERO ? [] : [`${formatDecimal(feeBasisPoints)} bp`]),
    ...(feePerShare === ZERO ? [] : [`${formatDecimal(feePerShare)} a share`]),
  ]
  const slippage =
    slippageBasisPoints === ZERO ? 'no slippage' : `slippage ${formatDecimal(slippageBasisPoints)} bp`
  return `${fees.length === 0 ? 'no fees' : `fees ${fees.join(' and ')}`}, ${slippage}`
}

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
