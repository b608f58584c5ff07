/** Symbols in one spelling: expected values are Alpaca's own names (docs/architecture.md#symbols). */
import { describe, expect, it } from 'vitest'
import { isCrypto, isForeignQuote, parseSymbol, spelled } from '../../lib/domain/symbol.ts'

describe('a symbol', () => {
  it.each([
    ['AAPL', 'AAPL'],
    ['aapl', 'AAPL'],
    ['brk.b', 'BRK.B'],
    ['BRK-B', 'BRK.B'],
    ['BRK/B', 'BRK.B'],
    ['BAC/PRL', 'BAC.PRL'],
    ['SPCE-WS', 'SPCE.WS'],
    ['ABC.WS.A', 'ABC.WS.A'],
    // a fund of that name, not a pair
    ['USD', 'USD'],
    ['BUSD', 'BUSD'],
    ['BTC/USD', 'BTC/USD'],
    ['BTCUSD', 'BTC/USD'],
    ['btc-usd', 'BTC/USD'],
    ['BTC_USDT', 'BTC/USDT'],
    ['ETHUSDC', 'ETH/USDC'],
    ['USDTUSD', 'USDT/USD'],
    ['ETHBTC', 'ETH/BTC'],
    ['eth/eur', 'ETH/EUR'],
    ['BTC/JPY', 'BTC/JPY'],
    ['BTC/EURC', 'BTC/EURC'],
    // the index of the first run, and an option of the broker's list
    ['SPX', 'SPX'],
    ['AAPL230616C00150000', 'AAPL230616C00150000'],
  ])('that comes as %s is %s', (text, symbol) => {
    expect(parseSymbol(text)).toBe(symbol)
    expect(parseSymbol(symbol)).toBe(symbol)
  })

  it.each(['', ' ', 'A B', '/USD', 'BTC/', 'A..B', '^GSPC', 'Ä', 'A'.repeat(33), 'A.B.C.D'])(
    'cannot be %j',
    (text) => {
      expect(parseSymbol(text)).toBeNull()
      expect(spelled(text)).toBe(text)
    },
  )
})

describe('a pair of coins', () => {
  it.each(['BTC/USD', 'DOGE/USDT', 'ETH/BTC', 'BTC/EUR', 'BTC/JPY'])(
    'is known by its quote currency: %s',
    (pair) => {
      expect(isCrypto(pair)).toBe(true)
    },
  )

  it.each(['AAPL', 'BRK.B', 'BRK/B', 'USD'])('is not %s', (symbol) => {
    expect(isCrypto(symbol)).toBe(false)
    expect(isForeignQuote(symbol)).toBe(false)
  })

  it('is quoted in dollars, or in something else', () => {
    expect(['BTC/USD', 'BTC/USDC', 'BTC/USDT'].map(isForeignQuote)).toEqual([false, false, false])
    expect(['ETH/BTC', 'BTC/EUR', 'BTC/JPY'].map(isForeignQuote)).toEqual([true, true, true])
  })
})
