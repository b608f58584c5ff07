import { ZERO } from '../../domain/decimal.ts'
import { closableOf, holdingOf } from '../projection.ts'
import { maySellShort } from '../sizing.ts'
import type { RiskCheck } from './context.ts'

/** A sell of more than is held and not already being sold, without `TRADING_ALLOW_SHORTS`; coins are never sold short. */
export const shortsNotAllowed: RiskCheck = ({ symbol, side, quantity }, { settings, projection }) => {
  if (side === 'buy' || maySellShort(symbol, settings)) return null
  const sellable = closableOf(holdingOf(projection, symbol), side) ?? ZERO
  return sellable <= 0n || quantity > sellable ? 'shorts_not_allowed' : null
}
