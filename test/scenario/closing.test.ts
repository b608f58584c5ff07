/** What strategies see of the account, and intents that close a position (docs/architecture.md#sizing). */
import { describe, expect, it } from 'vitest'
import type { AccountSnapshot } from '../../lib/domain/account.ts'
import { decimal, formatDecimal } from '../../lib/domain/decimal.ts'
import { type CycleInputs, planCycle } from '../../lib/plan/plan-cycle.ts'
import type { PluginIntent, StrategyContext, StrategyPlugin } from '../../lib/strategy/plugin.ts'
import {
  QUIET,
  batchOf,
  compiled,
  openOrder,
  planInputs,
  settingsWith,
  signal,
} from '../support/plan-fixtures.ts'
import { aSnapshot } from '../support/state-samples.ts'
import { aStrategy, pluginGiving } from '../support/strategy-fixtures.ts'

const CLOSE: PluginIntent = { close: true, confidence: decimal('0.6'), explain: ['enough'] }

function held(quantity: string, changes: Partial<AccountSnapshot> = {}): AccountSnapshot {
  const position = { symbol: 'AAPL', quantity: decimal(quantity), marketValue: null }
  return aSnapshot({ positions: [{ ...position, averageEntryPrice: decimal('40') }], ...changes })
}

/** Strategies `s0`, `s1`, ... whose plugins answer as given, at a price of 50. */
function planWith(
  answers: readonly ((context: StrategyContext) => unknown)[],
  changes: Partial<CycleInputs> = {},
) {
  const plugins = answers.map((answer, index): StrategyPlugin => pluginGiving(`p${index}`, answer))
  const strategies = plugins.map(({ pluginId }, index) =>
    aStrategy(`s${index}`, { strategyType: pluginId, params: {}, legacyFallback: false }),
  )
  const batch = batchOf(signal({ payload: { ...QUIET, price: '50' } }))
  return planCycle(planInputs({ strategies: compiled(strategies, plugins), batch, ...changes }))
}

function decided(answers: readonly ((context: StrategyContext) => unknown)[], changes: Partial<CycleInputs>) {
  const { decisions, outcomes } = planWith(answers, changes)
  const inWords = decisions.map(({ side, quantity, outcome, targetNotional }) => [
    side,
    formatDecimal(quantity),
    formatDecimal(targetNotional),
    outcome.kind === 'denied' ? outcome.reason : 'accepted',
  ])
  return { decisions: inWords, code: outcomes[0]?.code }
}

const close = () => CLOSE
const sell = (notional: string) => () => ({
  direction: 'sell',
  confidence: decimal('0.9'),
  targetNotional: decimal(notional),
  explain: [],
})

describe('what a strategy sees', () => {
  it('is the position in the symbol, open orders and the means, as the plan’s own decisions move them', () => {
    const seen: unknown[] = []
    const watch = ({ position, account }: StrategyContext) => {
      seen.push({ position, account })
      expect(Object.isFrozen(position) && Object.isFrozen(account)).toBe(true)
      return { direction: 'buy', confidence: decimal('0.5'), targetNotional: decimal('500'), explain: [] }
    }
    const { balance } = aSnapshot()
    const snapshot = held('7', {
      balance: { ...balance, equity: decimal('90000'), buyingPower: decimal('80000') },
      openOrders: [openOrder('AAPL', 'buy', '3', '1')],
    })
    const batch = batchOf(
      signal({ payload: { ...QUIET, price: '50' } }),
      signal({ payload: { ...QUIET, price: '50' } }),
    )
    planWith([watch], { snapshot, batch })
    const position = { quantity: decimal('7'), averageEntryPrice: decimal('40'), openSells: 0n }
    expect(seen).toEqual([
      {
        position: { ...position, openBuys: decimal('2') },
        account: { equity: decimal('90000'), buyingPower: decimal('80000') },
      },
      // 500 / 50 = 10 more are bought, which cost 500
      {
        position: { ...position, openBuys: decimal('12') },
        account: { equity: decimal('90000'), buyingPower: decimal('79500') },
      },
    ])
  })

  it('is nothing held where the account is flat', () => {
    let seen: StrategyContext['position'] | null = null
    planWith([({ position }) => void (seen = position)], { snapshot: aSnapshot() })
    expect(seen).toEqual({ quantity: 0n, averageEntryPrice: null, openBuys: 0n, openSells: 0n })
  })
})

describe('an intent that closes', () => {
  it('sells all that is held, worth position times price, under no cap', () => {
    const settings = settingsWith({ TRADING_MAX_NOTIONAL_PER_TRADE: '100' })
    expect(decided([close], { snapshot: held('70'), settings })).toEqual({
      decisions: [['sell', '70', '3500', 'accepted']],
      code: 'decided:1',
    })
  })

  it('buys back what was sold short', () => {
    expect(decided([close], { snapshot: held('-4') }).decisions).toEqual([['buy', '4', '200', 'accepted']])
  })

  it('leaves out what open orders sell already, and sells a fraction with the rest', () => {
    const snapshot = held('7.5', { openOrders: [openOrder('AAPL', 'sell', '3', '1')] })
    expect(decided([close], { snapshot }).decisions).toEqual([['sell', '5.5', '375', 'accepted']])
  })

  it.each<[string, AccountSnapshot]>([
    ['nothing is held', aSnapshot()],
    ['open orders sell it all', held('3', { openOrders: [openOrder('AAPL', 'sell', '3')] })],
  ])('is nothing_to_close when %s, and no failure', (_what, snapshot) => {
    expect(decided([close], { snapshot })).toEqual({ decisions: [], code: 'nothing_to_close' })
    expect(planWith([close], { snapshot }).circuits).toEqual({})
  })

  it('makes its side close as a whole', () => {
    expect(decided([sell('100'), close], { snapshot: held('70') }).decisions).toEqual([
      // 100 and 70 x 50
      ['sell', '70', '3600', 'accepted'],
    ])
  })

  it('does not, where the other side wins', () => {
    const buy = () => ({ ...sell('9000')(), direction: 'buy' })
    expect(decided([buy, close], { snapshot: held('70') }).decisions).toEqual([
      ['buy', '180', '9000', 'accepted'],
    ])
  })

  it('closes once, though two signals of a batch say so', () => {
    const batch = batchOf(
      signal({ payload: { ...QUIET, price: '50' } }),
      signal({ payload: { ...QUIET, price: '51' } }),
    )
    const { decisions, outcomes } = planWith([close], { snapshot: held('70'), batch })
    expect(decisions.map(({ quantity }) => quantity)).toEqual([decimal('70')])
    expect(outcomes.map(({ code }) => code)).toEqual(['decided:1', 'nothing_to_close'])
  })

  it.each<[string, unknown]>([
    ['a direction', { ...CLOSE, direction: 'sell' }],
    ['a notional', { ...CLOSE, targetNotional: decimal('1') }],
    ['a close of false', { ...CLOSE, close: false }],
    ['a confidence above 1', { ...CLOSE, confidence: decimal('2') }],
    ['a field that nobody knows', { ...CLOSE, price: 1n }],
  ])('is invalid with %s', (_what, intent) => {
    expect(decided([() => intent], { snapshot: held('70') })).toEqual({
      decisions: [],
      code: 'strategy_error:0',
    })
  })
})
