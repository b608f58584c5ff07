import { min } from '../../domain/decimal.ts'
import { isCrypto } from '../../domain/symbol.ts'
import { costOf } from '../amounts.ts'
import { judgedPrice } from '../../domain/limit-price.ts'
import { holdingOf, openingPart } from '../projection.ts'
import { type Comparison, deniesAbove } from './context.ts'

/**
 * The part of the order that opens something costs more than what is left, for coins of what is not lent. Reducing needs
 * no buying power.
 */
export const buyingPowerCompared: Comparison = (decision, { projection }) => {
  const { symbol, side, quantity } = decision
  const price = judgedPrice(decision)
  if (price === null) return null
  const opening = openingPart(holdingOf(projection, symbol), side, quantity)
  const { buyingPower, nonMarginableBuyingPower } = projection
  const left = isCrypto(symbol) ? min(buyingPower, nonMarginableBuyingPower) : buyingPower
  return opening > 0n ? { found: costOf(opening, price), allowed: left } : null
}

export const insufficientBuyingPower = deniesAbove(buyingPowerCompared, 'insufficient_buying_power')
