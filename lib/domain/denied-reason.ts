/**
 * Why our own checks refuse a decision. "Denied" is ours; "rejected" is the broker's
 * (docs/architecture.md#words). The order of the lists is the order of evaluation
 * (docs/architecture.md#decisions-and-risk).
 */

/** Of permission; asked before the quantity is looked at. */
export const PERMISSION_REASONS = [
  'kill_switch_on',
  'trading_disabled',
  'live_not_enabled',
  'account_disabled',
  'crypto_trading_disabled',
  'crypto_live_trading_disabled',
  'strategy_disabled',
  'symbol_not_allowed',
  'quote_currency_unsupported',
  'missing_price',
  'signal_too_old',
  'session_closed',
] as const

/** Of the quantity; asked once sizing has found one. */
export const QUANTITY_REASONS = [
  'max_notional_exceeded',
  'insufficient_buying_power',
  'max_position_pct_exceeded',
  'shorts_not_allowed',
  'cooldown_active',
  'opposite_order_open',
  'max_orders_exceeded',
  'daily_loss_exceeded',
  'too_many_unsettled',
] as const

export type RiskReason = (typeof PERMISSION_REASONS)[number] | (typeof QUANTITY_REASONS)[number]

/**
 * Why nothing at all is sent under a message, whatever the flags say by then: its tick says that the kill switch is
 * on, the account is held back, or the lane is halted.
 */
export type WithheldReason = 'kill_switch_on' | 'account_not_admitted' | 'lane_halted'

/**
 * Sizing adds `qty_below_min`; the order firewall the two after it. The last one stands on imported decisions of which
 * the service before made no order (docs/import.md).
 */
export type DeniedReason =
  | RiskReason
  | WithheldReason
  | 'qty_below_min'
  | 'kill_switch_unreadable'
  | 'target_changed'
  | 'not_ordered_before_import'
