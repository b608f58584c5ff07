/**
 * All risk checks in their fixed order (docs/architecture.md#decisions-and-risk): the first reason found is the
 * decision's.
 *
 * Checks of permission come first and need no quantity; then what sizing found (`qty_below_min`, or nothing
 * to sell); then the checks of the quantity.
 */
import type { DeniedReason, RiskReason } from '../../domain/denied-reason.ts'
import type { Sizing } from '../sizing.ts'
import { accountDisabled } from './account-disabled.ts'
import type { ProposedDecision, RiskCheck, RiskContext } from './context.ts'
import { cooldownActive } from './cooldown-active.ts'
import { cryptoLiveTradingDisabled } from './crypto-live-trading-disabled.ts'
import { cryptoTradingDisabled } from './crypto-trading-disabled.ts'
import { dailyLossExceeded } from './daily-loss-exceeded.ts'
import { insufficientBuyingPower } from './insufficient-buying-power.ts'
import { killSwitchOn } from './kill-switch-on.ts'
import { liveNotEnabled } from './live-not-enabled.ts'
import { maxNotionalExceeded } from './max-notional-exceeded.ts'
import { maxOrdersExceeded } from './max-orders-exceeded.ts'
import { maxPositionPctExceeded } from './max-position-pct-exceeded.ts'
import { missingPrice } from './missing-price.ts'
import { oppositeOrderOpen } from './opposite-order-open.ts'
import { sessionClosed } from './session-closed.ts'
import { shortsNotAllowed } from './shorts-not-allowed.ts'
import { signalTooOld } from './signal-too-old.ts'
import { strategyDisabled } from './strategy-disabled.ts'
import { symbolNotAllowed } from './symbol-not-allowed.ts'
import { tooManyUnsettled } from './too-many-unsettled.ts'
import { tradingDisabled } from './trading-disabled.ts'

const PERMISSION_CHECKS = {
  kill_switch_on: killSwitchOn,
  trading_disabled: tradingDisabled,
  live_not_enabled: liveNotEnabled,
  account_disabled: accountDisabled,
  crypto_trading_disabled: cryptoTradingDisabled,
  crypto_live_trading_disabled: cryptoLiveTradingDisabled,
  strategy_disabled: strategyDisabled,
  symbol_not_allowed: symbolNotAllowed,
  missing_price: missingPrice,
  signal_too_old: signalTooOld,
  session_closed: sessionClosed,
} as const

const QUANTITY_CHECKS = {
  max_notional_exceeded: maxNotionalExceeded,
  insufficient_buying_power: insufficientBuyingPower,
  max_position_pct_exceeded: maxPositionPctExceeded,
  shorts_not_allowed: shortsNotAllowed,
  cooldown_active: cooldownActive,
  opposite_order_open: oppositeOrderOpen,
  max_orders_exceeded: maxOrdersExceeded,
  daily_loss_exceeded: dailyLossExceeded,
  too_many_unsettled: tooManyUnsettled,
} as const

/** Every check by its reason, in the order of evaluation. */
export const RISK_CHECKS: Readonly<Record<RiskReason, RiskCheck>> = {
  ...PERMISSION_CHECKS,
  ...QUANTITY_CHECKS,
}

const permissionChecks: readonly RiskCheck[] = Object.values(PERMISSION_CHECKS)
const quantityChecks: readonly RiskCheck[] = Object.values(QUANTITY_CHECKS)

/** The first reason against a decision, or null when it is accepted. */
export function evaluateRisk(
  decision: ProposedDecision,
  sizing: Sizing,
  context: RiskContext,
): DeniedReason | null {
  return (
    firstReason(permissionChecks, decision, context) ??
    sizing.denied ??
    firstReason(quantityChecks, decision, context)
  )
}

function firstReason(
  checks: readonly RiskCheck[],
  decision: ProposedDecision,
  context: RiskContext,
): RiskReason | null {
  for (const check of checks) {
    const reason = check(decision, context)
    if (reason !== null) return reason
  }
  return null
}
