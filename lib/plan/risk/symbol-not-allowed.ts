import type { RiskCheck } from './context.ts'

/** `TRADING_STATIC_SYMBOLS` is set and does not name the symbol. */
export const symbolNotAllowed: RiskCheck = ({ symbol }, { settings }) =>
  settings.staticSymbols === null || settings.staticSymbols.includes(symbol) ? null : 'symbol_not_allowed'
