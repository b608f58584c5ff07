/** Limits in the broker's increments, and the price that an order with a limit is judged at; values worked by hand. */
import { describe, expect, it } from 'vitest'
import { decimal, formatDecimal } from '../../lib/domain/decimal.ts'
import type { Direction } from '../../lib/domain/intent.ts'
import { isBeyondLimit, judgedPrice, roundedLimit } from '../../lib/domain/limit-price.ts'

describe('a limit in the broker’s increments', () => {
  // cents from a dollar on, hundredths of them below: https://docs.alpaca.markets/docs/orders-at-alpaca
  it.each<[string, Direction, string, string]>([
    ['AAPL', 'buy', '50.01', '50.01'],
    ['AAPL', 'buy', '50.019', '50.01'],
    ['AAPL', 'sell', '50.011', '50.02'],
    ['AAPL', 'buy', '1', '1'],
    ['AAPL', 'buy', '1.0001', '1'],
    ['AAPL', 'buy', '0.99999999', '0.9999'],
    ['AAPL', 'sell', '0.99995', '1'],
    ['AAPL', 'sell', '0.12341', '0.1235'],
    ['AAPL', 'buy', '0.00009', '0'],
    ['BTC/USD', 'buy', '20000.12345678', '20000.12345678'],
    ['BTC/USD', 'sell', '0.00000001', '0.00000001'],
  ])('of %s to %s at %s is %s', (symbol, side, named, rounded) => {
    expect(formatDecimal(roundedLimit(symbol, side, decimal(named)))).toBe(rounded)
  })
})

it.each<[Direction, string | null, string | null, string | null]>([
  ['buy', '50', '51', '51'],
  ['buy', '50', '49', '49'],
  ['buy', '50', null, '50'],
  ['sell', '50', '49', '50'],
  ['sell', '50', '51', '50'],
  ['buy', null, '51', null],
])('a %s at %s with the limit %s is judged at %s', (side, price, limit, judged) => {
  const order = {
    side,
    price: price === null ? null : decimal(price),
    limitPrice: limit === null ? null : decimal(limit),
  }
  const found = judgedPrice(order)
  expect(found === null ? null : formatDecimal(found)).toBe(judged)
})

it.each<[Direction, string, boolean]>([
  ['buy', '49.99', false],
  ['buy', '50', false],
  ['buy', '50.01', true],
  ['sell', '50.01', false],
  ['sell', '50', false],
  ['sell', '49.99', true],
])('a %s at the limit of 50 meets %s: beyond it is %s', (side, price, beyond) => {
  expect(isBeyondLimit(side, decimal(price), decimal('50'))).toBe(beyond)
})
