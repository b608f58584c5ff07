import { type Decimal, asDecimal, min } from '../../domain/decimal.ts'
import { costOf, shareOf } from '../amounts.ts'
import { judgedPrice } from '../../domain/limit-price.ts'
import { holdingOf, openingPart, positionAfter } from '../projection.ts'
import { positionFraction } from '../strategy-limits.ts'
import { type Comparison, type ProposedDecision, type RiskContext, deniesAbove } from './context.ts'

/**
 * With this order, and the open ones on its side, the position would be worth more than its share of the
 * equity: `TRADING_MAX_POSITION_PCT_EQUITY`, and the sum of the source strategies' own
 * `max_position_pct_equity` if each of them has one. Orders that only reduce a position pass.
 */
export const positionCompared: Comparison = (decision, context) => {
  const { symbol, side, quantity } = decision
  const price = judgedPrice(decision)
  const fraction = fractionOf(decision, context)
  const holding = holdingOf(context.projection, symbol)
  if (fraction === null || price === null || openingPart(holding, side, quantity) === 0n) return null
  const after = positionAfter(holding, side, quantity)
  const worth = costOf(after < 0n ? asDecimal(0n - after) : after, price)
  return { found: worth, allowed: shareOf(context.projection.equity, fraction) }
}

export const maxPositionPctExceeded = deniesAbove(positionCompared, 'max_position_pct_exceeded')

function fractionOf(decision: ProposedDecision, { settings, strategies }: RiskContext): Decimal | null {
  let own: Decimal | null = asDecimal(0n)
  for (const id of decision.sourceStrategyIds) {
    const strategy = strategies.get(id)
    const fraction = strategy === undefined ? null : positionFraction(strategy)
    own = own === null || fraction === null ? null : asDecimal(own + fraction)
  }
  if (own === null || settings.maxPositionPctEquity === null) return own ?? settings.maxPositionPctEquity
  return min(own, settings.maxPositionPctEquity)
}
