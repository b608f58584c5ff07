import { mul } from '../../domain/decimal.ts'
import { holdingOf, openingPart } from '../projection.ts'
import type { RiskCheck } from './context.ts'

/**
 * Since the last session's close the account has lost `TRADING_MAX_DAILY_LOSS_PCT` of its equity or more:
 * nothing new is opened, but positions can still be reduced.
 */
export const dailyLossExceeded: RiskCheck = ({ symbol, side, quantity }, { settings, projection }) => {
  const { equity, lastEquity } = projection
  if (settings.maxDailyLossPct === null || equity >= lastEquity) return null
  if (openingPart(holdingOf(projection, symbol), side, quantity) === 0n) return null
  return lastEquity - equity >= mul(lastEquity, settings.maxDailyLossPct) ? 'daily_loss_exceeded' : null
}
