import { isCrypto } from '../../domain/trading-calendar.ts'
import type { RiskCheck } from './context.ts'

/** Crypto pairs are traded only with `TRADING_CRYPTO_ENABLED`. */
export const cryptoTradingDisabled: RiskCheck = ({ symbol }, { settings }) =>
  isCrypto(symbol) && !settings.cryptoEnabled ? 'crypto_trading_disabled' : null
