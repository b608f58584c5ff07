import { holdingOf } from '../projection.ts'
import type { RiskCheck } from './context.ts'

/** An order on the other side of the symbol is open: the broker would refuse a wash trade. */
export const oppositeOrderOpen: RiskCheck = ({ symbol, side }, { projection }) => {
  const { openBuys, openSells } = holdingOf(projection, symbol)
  return (side === 'buy' ? openSells : openBuys) > 0n ? 'opposite_order_open' : null
}
