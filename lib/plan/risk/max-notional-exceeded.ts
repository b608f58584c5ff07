import { costOf } from '../amounts.ts'
import { judgedPrice } from '../../domain/limit-price.ts'
import { holdingOf, openingPart } from '../projection.ts'
import { type Comparison, deniesAbove } from './context.ts'

/**
 * The order is worth more than `TRADING_MAX_NOTIONAL_PER_TRADE`. Sizing keeps within it already; this is
 * the second look. Orders that only reduce a position may be worth any amount.
 */
export const notionalCompared: Comparison = (decision, { settings, projection }) => {
  const { symbol, side, quantity } = decision
  const price = judgedPrice(decision)
  if (settings.maxNotionalPerTrade === null || price === null) return null
  if (openingPart(holdingOf(projection, symbol), side, quantity) === 0n) return null
  return { found: costOf(quantity, price), allowed: settings.maxNotionalPerTrade }
}

export const maxNotionalExceeded = deniesAbove(notionalCompared, 'max_notional_exceeded')
