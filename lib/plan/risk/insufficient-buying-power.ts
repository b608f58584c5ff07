import { costOf } from '../amounts.ts'
import { holdingOf, openingPart } from '../projection.ts'
import type { RiskCheck } from './context.ts'

/** The part of the order that opens something costs more than what is left. Reducing needs no buying power. */
export const insufficientBuyingPower: RiskCheck = (decision, { projection }) => {
  const { symbol, side, quantity, price } = decision
  if (price === null) return null
  const opening = openingPart(holdingOf(projection, symbol), side, quantity)
  return opening > 0n && costOf(opening, price) > projection.buyingPower ? 'insufficient_buying_power' : null
}
