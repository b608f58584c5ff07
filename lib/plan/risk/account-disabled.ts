import type { RiskCheck } from './context.ts'

/** The registry says `enabled: false`, or the broker has blocked the account from trading. */
export const accountDisabled: RiskCheck = (_decision, { account, projection }) =>
  account.enabled && !projection.tradingBlocked ? null : 'account_disabled'
