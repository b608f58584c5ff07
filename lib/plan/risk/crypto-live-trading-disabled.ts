import { isCrypto } from '../../domain/trading-calendar.ts'
import type { RiskCheck } from './context.ts'

/** Live accounts trade crypto pairs only with `TRADING_CRYPTO_LIVE_ENABLED` on top. */
export const cryptoLiveTradingDisabled: RiskCheck = ({ symbol, brokerTarget }, { settings }) =>
  isCrypto(symbol) && brokerTarget.mode === 'live' && !settings.cryptoLiveEnabled
    ? 'crypto_live_trading_disabled'
    : null
