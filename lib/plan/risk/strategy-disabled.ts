import type { RiskCheck } from './context.ts'

/** A strategy behind the decision is disabled, unknown, or not among those that this account trades. */
export const strategyDisabled: RiskCheck = ({ sourceStrategyIds }, { strategies }) =>
  sourceStrategyIds.every((id) => strategies.has(id)) ? null : 'strategy_disabled'
