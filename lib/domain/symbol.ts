/**
 * Symbols in one spelling, Alpaca's: shares in capitals, a class after a dot (`BRK.B`), crypto pairs with a slash
 * (`BTC/USD`). Whatever enters (signals, bars, strategies, flags, trade updates, the broker's own lists) is spelled so
 * before anybody compares it: a limit that names `AAPL` must meet an order of `aapl`.
 *
 * Sources: https://docs.alpaca.markets/docs/crypto-trading-1 (pairs; `BTCUSD` is the form of before, which positions still
 * have), https://docs.alpaca.markets/docs/orders-at-alpaca.
 */

/** As long as the longest that is stored under a key. */
const FORM = /^(?=.{1,32}$)[A-Z0-9]+([./_-][A-Z0-9]+){0,2}$/
/** What a pair can be quoted in; longer names come before those that they end with. */
const QUOTES = ['USDT', 'USDC', 'USD', 'BTC', 'ETH', 'EUR', 'GBP'] as const
/** A share has at most five letters before its class, so that no share is taken for a pair without a slash. */
const SHORTEST_JOINED_PAIR = 6
/** The endings of shares: classes, units, warrants (`WS`, `WSA`), preferred series (`PRA`). */
const CLASS = /^([A-Z0-9]{1,2}|(PR|WS)[A-Z])$/

/** Currencies that count as the account's own: orders of such pairs are worth what they say in dollars. */
const DOLLARS: ReadonlySet<string> = new Set(['USD', 'USDC', 'USDT'])

/** What is allowed where a symbol is read, in words, for messages. */
export const SYMBOL_ALLOWED = 'a symbol such as AAPL, BRK.B or BTC/USD'

/** The symbol in its one spelling; null for what cannot be one. */
export function parseSymbol(text: string): string | null {
  const capitals = text.toUpperCase()
  if (!FORM.test(capitals)) return null
  const parts = capitals.split(/[./_-]/)
  const [base = '', last = ''] = parts
  if (parts.length === 1) return capitals.length < SHORTEST_JOINED_PAIR ? capitals : joinedPair(capitals)
  if (parts.length > 2) return parts.join('.')
  const isPair = isQuote(last) || (capitals.includes('/') && !CLASS.test(last))
  return `${base}${isPair ? '/' : '.'}${last}`
}

/** As `parseSymbol`; a text that is no symbol of ours, such as an option's, stays as it is. */
export function spelled(text: string): string {
  return parseSymbol(text) ?? text
}

/** A pair that is written without its slash (`BTCUSD`), with it; any other symbol stays as it is. */
export function joinedPair(symbol: string): string {
  if (symbol.includes('/')) return symbol
  const quote = QUOTES.find((currency) => symbol.endsWith(currency) && symbol !== currency)
  return quote === undefined ? symbol : `${symbol.slice(0, -quote.length)}/${quote}`
}

/** Whether a symbol is a pair of coins, which trade at all hours; what it is quoted in tells. */
export function isCrypto(symbol: string): boolean {
  return quoteOf(symbol) !== null
}

/** Whether a pair is quoted in something else than dollars: what it costs is then not known in the account's currency. */
export function isForeignQuote(symbol: string): boolean {
  const quote = quoteOf(symbol)
  return quote !== null && !DOLLARS.has(quote)
}

/** What stands before a pair's slash. */
export function coinOf(pair: string): string {
  return pair.split('/')[0] ?? pair
}

function quoteOf(symbol: string): string | null {
  const slash = symbol.indexOf('/')
  if (slash < 0 || symbol.includes('/', slash + 1)) return null
  const quote = symbol.slice(slash + 1)
  return CLASS.test(quote) ? null : quote
}

function isQuote(text: string): boolean {
  return QUOTES.some((quote) => quote === text)
}
