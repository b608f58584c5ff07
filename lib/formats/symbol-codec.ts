/** A symbol as it enters by a file or a message: whichever way it is spelled, it is read in the one spelling. */
import { SYMBOL_ALLOWED, parseSymbol } from '../domain/symbol.ts'
import { type Codec, scalar } from './codec.ts'

export const symbolText: Codec<string> = scalar(
  SYMBOL_ALLOWED,
  (symbol) => symbol,
  (encoded) => (typeof encoded === 'string' ? parseSymbol(encoded) : null),
)
