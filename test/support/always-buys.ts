/** A strategy that wants to buy for 1000 on every signal, so that every signal is an order. */
import { decimal } from '../../lib/domain/decimal.ts'
import { aStrategy, pluginGiving } from './strategy-fixtures.ts'

export const alwaysBuys = pluginGiving('always_buys', () => ({
  direction: 'buy',
  confidence: decimal('0.5'),
  targetNotional: decimal('1000'),
  explain: ['always'],
}))

export const buyEverything = [aStrategy('buyer', { strategyType: 'always_buys' })]
