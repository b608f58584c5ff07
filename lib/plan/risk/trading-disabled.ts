import type { RiskCheck } from './context.ts'

/** `TRADING_ENABLED` is not true. */
export const tradingDisabled: RiskCheck = (_decision, { settings }) =>
  settings.tradingEnabled ? null : 'trading_disabled'
