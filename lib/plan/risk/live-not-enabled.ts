import type { RiskCheck } from './context.ts'

/** A live account needs a second key, `TRADING_LIVE_ENABLED`. Its mode alone is not enough. */
export const liveNotEnabled: RiskCheck = ({ brokerTarget }, { settings }) =>
  brokerTarget.mode === 'live' && !settings.liveEnabled ? 'live_not_enabled' : null
