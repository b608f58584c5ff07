/** Budget and quantity of an order; expected values worked by hand (docs/architecture.md#sizing). */
import { describe, expect, it } from 'vitest'
import { type Decimal, decimal, formatDecimal } from '../../lib/domain/decimal.ts'
import { budgetOf, sizeOrder } from '../../lib/plan/sizing.ts'
import { strategyCap } from '../../lib/plan/strategy-limits.ts'
import { aStrategy } from '../support/strategy-fixtures.ts'

const noLimits = { maxNotionalPerTrade: null, maxPositionPctEquity: null, allowShorts: false }
const example = {
  symbol: 'AAPL',
  side: 'buy' as const,
  price: decimal('50'),
  limitPrice: null as Decimal | null,
  targetNotional: decimal('1000'),
  sourceCaps: decimal('5000'),
  equity: decimal('100000'),
  closable: null,
  closes: false,
  limits: noLimits,
}

function sized(changes: Partial<Parameters<typeof sizeOrder>[0]>): string {
  const { quantity, denied } = sizeOrder({ ...example, ...changes })
  return denied ?? formatDecimal(quantity)
}

describe('the budget of an order', () => {
  it.each([
    // target 1000, caps 5000, equity 100,000
    ['the target notional', {}, '1000'],
    ['the sum of the source strategies’ caps', { sourceCaps: decimal('300') }, '300'],
    ['the global cap', { limits: { ...noLimits, maxNotionalPerTrade: decimal('250.5') } }, '250.5'],
    ['the equity share: 0.2 %', { limits: { ...noLimits, maxPositionPctEquity: decimal('0.002') } }, '200'],
    [
      'nothing, when the equity is gone',
      { equity: decimal('-5'), limits: { ...noLimits, maxPositionPctEquity: decimal('0.1') } },
      '0',
    ],
  ])('is %s when that is least', (_what, changes, budget) => {
    expect(formatDecimal(budgetOf({ ...example, ...changes }))).toBe(budget)
  })
})

const coinsSold = { symbol: 'BTC/USD', side: 'sell' as const, closable: decimal('1') }

describe('a quantity', () => {
  it.each([
    ['20', 'whole shares: 1000 / 50', {}],
    ['3', '1000 / 300 = 3.33 shares', { price: decimal('300') }],
    ['qty_below_min', '1000 / 1000.01 is not one share', { price: decimal('1000.01') }],
    ['1', '1000 / 1000 is one', { price: decimal('1000') }],
    // 100 / 33.33333334 = 2.9999999994; to the nearest 1e-8 that would be 3 shares for 100.00000002
    [
      '2',
      'never rounded up, not by the division either',
      { price: decimal('33.33333334'), targetNotional: decimal('100') },
    ],
    [
      '0.03333333',
      'of crypto in steps of 1e-8: 1000 / 30000',
      { symbol: 'BTC/USD', price: decimal('30000') },
    ],
    [
      '0.00000001',
      'of crypto sold at least 1e-8: 0.0004 / 40000',
      { ...coinsSold, price: decimal('40000'), targetNotional: decimal('0.0004') },
    ],
    [
      'qty_below_min',
      '0.0003 / 40000 is below 1e-8',
      { ...coinsSold, price: decimal('40000'), targetNotional: decimal('0.0003') },
    ],
    // the broker refuses to sell coins for less: https://github.com/ccxt/ccxt/pull/30101
    [
      '0.00025',
      'of crypto bought for ten dollars: 10 / 40000',
      { symbol: 'BTC/USD', price: decimal('40000'), targetNotional: decimal('10') },
    ],
    [
      'qty_below_min',
      'for less than ten dollars no coins can be bought',
      { symbol: 'BTC/USD', price: decimal('40000'), targetNotional: decimal('9.99') },
    ],
    [
      'qty_below_min',
      'a limit counts as the price: 9.9 / 30000',
      {
        symbol: 'BTC/USD',
        price: decimal('40000'),
        limitPrice: decimal('30000'),
        targetNotional: decimal('9.9'),
      },
    ],
    ['0', 'none without a price, which is not sizing’s to deny', { price: null }],
    ['0', 'none at a price of zero', { price: decimal('0') }],
  ])('is %s: %s', (expected, _why, changes) => {
    expect(sized(changes)).toBe(expected)
  })
})

describe('the quantity of a sell', () => {
  const sell = { side: 'sell' as const }
  const shorts = { limits: { ...noLimits, allowShorts: true } }
  it.each([
    ['20', 'the budget’s, when more is held', { ...sell, closable: decimal('500') }],
    ['7', 'cut to the position', { ...sell, closable: decimal('7') }],
    // whole shares alone would leave 0.9 of a share that no later order could sell
    ['7.9', 'with the remainder of less than one share', { ...sell, closable: decimal('7.9') }],
    ['20.9', 'with the remainder, a bit over the budget', { ...sell, closable: decimal('20.9') }],
    ['20', 'without it, when a whole share stays', { ...sell, closable: decimal('21') }],
    ['0.9', 'the remainder alone', { ...sell, closable: decimal('0.9') }],
    [
      'qty_below_min',
      'nothing, when the budget is below one share of several',
      { ...sell, closable: decimal('1.9'), targetNotional: decimal('49') },
    ],
    ['0.4', 'cut to a crypto position', { ...sell, symbol: 'ETH/USD', closable: decimal('0.4') }],
    ['shorts_not_allowed', 'of nothing, without a position', sell],
    ['shorts_not_allowed', 'of nothing, also without a price', { ...sell, price: null }],
    ['20', 'the budget’s, without a position when shorts are allowed', { ...sell, ...shorts }],
    // the broker takes no order through zero
    [
      '7',
      'cut to the position, also when shorts are allowed',
      { ...sell, ...shorts, closable: decimal('7') },
    ],
    [
      'qty_below_min',
      'of nothing, while all of it is being sold, also when shorts are allowed',
      { ...sell, ...shorts, closable: decimal('0') },
    ],
    [
      'shorts_not_allowed',
      'of coins that are not held, whatever is allowed',
      { ...sell, ...shorts, symbol: 'ETH/USD' },
    ],
  ])('is %s: %s', (expected, _why, changes) => {
    expect(sized(changes)).toBe(expected)
  })
})

describe('an order with a limit', () => {
  const limit = (text: string) => ({ limitPrice: decimal(text) })
  const sell = { side: 'sell' as const }
  // quantity and limit; the target of 1000 at a price of 50
  it.each([
    ['19 at 51', 'bought at its limit: 1000 / 51', limit('51')],
    ['25 at 40', 'also below the price: 1000 / 40', limit('40')],
    ['qty_below_min', 'not worth one share at its limit', limit('1001')],
    ['qty_below_min', 'below what the broker takes', limit('0')],
    ['0.02 at 50000', 'of coins', { ...limit('50000'), symbol: 'BTC/USD' }],
    ['20 at 49', 'sold at the price: 1000 / 50', { ...sell, ...limit('49'), closable: decimal('500') }],
    ['20 at 51', 'also above it', { ...sell, ...limit('51'), closable: decimal('500') }],
    // the broker takes a part of a share as a `day` order alone
    ['7.9 at market', 'with a part of a share', { ...sell, ...limit('49'), closable: decimal('7.9') }],
    [
      '7 at 51',
      'without it where the market is beyond the limit',
      { ...sell, ...limit('51'), closable: decimal('7.9') },
    ],
    [
      'qty_below_min',
      'nothing but a part of a share beyond it',
      { ...sell, ...limit('51'), closable: decimal('0.9') },
    ],
    [
      '0.4 at 51',
      'of coins in all their parts',
      { ...sell, ...limit('51'), symbol: 'ETH/USD', closable: decimal('0.4') },
    ],
    [
      '7.9 at market',
      'that closes, with a part of a share',
      { ...sell, ...limit('50'), closable: decimal('7.9'), closes: true },
    ],
    [
      '7 at 50.01',
      'that closes, beyond the limit',
      { ...sell, ...limit('50.01'), closable: decimal('7.9'), closes: true },
    ],
  ])('is %s: %s', (expected, _why, changes) => {
    const { quantity, limitPrice, denied } = sizeOrder({ ...example, ...changes })
    const at = limitPrice === null ? 'market' : formatDecimal(limitPrice)
    expect(denied ?? `${formatDecimal(quantity)} at ${at}`).toBe(expected)
  })
})

describe('the quantity of a buy', () => {
  it.each([
    ['20', 'the budget’s, when more is owed', { closable: decimal('500') }],
    ['7', 'cut to what is owed: the position does not go through zero', { closable: decimal('7') }],
    ['qty_below_min', 'of nothing, while all of it is being bought back', { closable: decimal('0') }],
  ])('is %s: %s', (expected, _why, changes) => {
    expect(sized(changes)).toBe(expected)
  })
})

describe('a strategy’s own cap', () => {
  it.each([
    [{ max_notional_per_trade: '250' }, '250'],
    [{ max_notional_per_trade: 250.5 }, '250.5'],
    [{ max_position_pct_equity: '0.02' }, '200'],
    [{ max_notional_per_trade: '250', max_position_pct_equity: '0.02' }, '200'],
    [{ max_notional_per_trade: '150', max_position_pct_equity: '0.02' }, '150'],
    [{}, null],
    [{ max_notional_per_trade: null, max_position_pct_equity: null }, null],
    [{ max_notional_per_trade: '0', max_position_pct_equity: -1 }, '0'],
    [{ max_notional_per_trade: 'much', max_position_pct_equity: true }, '0'],
  ])('of %j at an equity of 10,000 is %s', (params, cap) => {
    const value = strategyCap(aStrategy('s', { params }), decimal('10000'))
    expect(value === null ? null : formatDecimal(value)).toBe(cap)
  })
})
