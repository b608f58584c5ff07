import { holdingOf, sellableOf } from '../projection.ts'
import type { RiskCheck } from './context.ts'

/** A sell of more than is held and not already being sold, without `TRADING_ALLOW_SHORTS`. */
export const shortsNotAllowed: RiskCheck = ({ symbol, side, quantity }, { settings, projection }) => {
  if (side === 'buy' || settings.allowShorts) return null
  const sellable = sellableOf(holdingOf(projection, symbol))
  return sellable <= 0n || quantity > sellable ? 'shorts_not_allowed' : null
}
