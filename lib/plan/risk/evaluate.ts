/**
 * All risk checks in their fixed order (docs/architecture.md#decisions-and-risk): the first reason found is the
 * decision's.
 *
 * Checks of permission come first and need no quantity; then what sizing found (`qty_below_min`, or nothing
 * to sell); then the checks of the quantity. What the order firewall asks too is a rule that both share
 * (lib/domain/permission-rules.ts); here is what only the plan asks.
 */
import {
  PERMISSION_REASONS,
  QUANTITY_REASONS,
  type DeniedReason,
  type RiskReason,
} from '../../domain/denied-reason.ts'
import { PERMISSION_RULES, type PermissionReason } from '../../domain/permission-rules.ts'
import type { Sizing } from '../sizing.ts'
import type { ProposedDecision, RiskCheck, RiskContext } from './context.ts'
import { cooldownActive } from './cooldown-active.ts'
import { dailyLossExceeded } from './daily-loss-exceeded.ts'
import { insufficientBuyingPower } from './insufficient-buying-power.ts'
import { maxNotionalExceeded } from './max-notional-exceeded.ts'
import { maxOrdersExceeded } from './max-orders-exceeded.ts'
import { maxPositionPctExceeded } from './max-position-pct-exceeded.ts'
import { missingPrice } from './missing-price.ts'
import { oppositeOrderOpen } from './opposite-order-open.ts'
import { quoteCurrencyUnsupported } from './quote-currency-unsupported.ts'
import { shortsNotAllowed } from './shorts-not-allowed.ts'
import { strategyDisabled } from './strategy-disabled.ts'
import { symbolNotAllowed } from './symbol-not-allowed.ts'
import { tooManyUnsettled } from './too-many-unsettled.ts'

const SHARED_CHECKS = Object.fromEntries(
  Object.entries(PERMISSION_RULES).map(([reason, forbids]) => [
    reason,
    (decision: ProposedDecision, context: RiskContext) => (forbids(decision, context) ? reason : null),
  ]),
) as Readonly<Record<PermissionReason, RiskCheck>>

/** Every check by its reason. */
export const RISK_CHECKS: Readonly<Record<RiskReason, RiskCheck>> = {
  ...SHARED_CHECKS,
  strategy_disabled: strategyDisabled,
  symbol_not_allowed: symbolNotAllowed,
  quote_currency_unsupported: quoteCurrencyUnsupported,
  missing_price: missingPrice,
  max_notional_exceeded: maxNotionalExceeded,
  insufficient_buying_power: insufficientBuyingPower,
  max_position_pct_exceeded: maxPositionPctExceeded,
  shorts_not_allowed: shortsNotAllowed,
  cooldown_active: cooldownActive,
  opposite_order_open: oppositeOrderOpen,
  max_orders_exceeded: maxOrdersExceeded,
  daily_loss_exceeded: dailyLossExceeded,
  too_many_unsettled: tooManyUnsettled,
}

/** The first reason against a decision, or null when it is accepted. */
export function evaluateRisk(
  decision: ProposedDecision,
  sizing: Pick<Sizing, 'denied'>,
  context: RiskContext,
): DeniedReason | null {
  return (
    firstReason(PERMISSION_REASONS, decision, context) ??
    sizing.denied ??
    firstReason(QUANTITY_REASONS, decision, context)
  )
}

function firstReason(
  reasons: readonly RiskReason[],
  decision: ProposedDecision,
  context: RiskContext,
): RiskReason | null {
  return reasons.find((reason) => RISK_CHECKS[reason](decision, context) !== null) ?? null
}
