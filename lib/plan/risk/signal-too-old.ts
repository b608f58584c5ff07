import type { RiskCheck } from './context.ts'

/** At the tick the signal was older than `TRADING_SIGNAL_MAX_AGE_SECONDS`; exactly that old is fine. */
export const signalTooOld: RiskCheck = ({ eventTs }, { settings, tickAt }) =>
  tickAt - eventTs > settings.signalMaxAgeSeconds * 1000 ? 'signal_too_old' : null
