import type { RiskCheck } from './context.ts'

/** Less than `TRADING_COOLDOWN_SECONDS` since the last accepted decision for the symbol, either side. */
export const cooldownActive: RiskCheck = ({ symbol }, { settings, cooldowns, at }) => {
  const last = cooldowns.get(symbol)
  return last !== undefined && at - last < settings.cooldownSeconds * 1000 ? 'cooldown_active' : null
}
