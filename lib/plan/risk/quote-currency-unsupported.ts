import { isForeignQuote } from '../../domain/symbol.ts'
import type { RiskCheck } from './context.ts'

/** A pair that is quoted in something else than dollars: nothing here says what its price is worth. */
export const quoteCurrencyUnsupported: RiskCheck = ({ symbol }) =>
  isForeignQuote(symbol) ? 'quote_currency_unsupported' : null
