/** Limit orders from the intent to the books (docs/architecture.md#sizing): decided, sent, filled or cancelled, settled. */
import { describe, expect, it } from 'vitest'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { decimal, formatDecimal } from '../../lib/domain/decimal.ts'
import { feedMessage } from '../../lib/exchange/wire-order.ts'
import { applyTradeUpdate } from '../../lib/orders/order-feed/apply.ts'
import { type CycleInputs, planCycle } from '../../lib/plan/plan-cycle.ts'
import type { StrategyContext } from '../../lib/strategy/plugin.ts'
import { LaneFixture } from '../support/lane-fixture.ts'
import {
  QUIET,
  batchOf,
  compiled,
  planInputs,
  position,
  settingsWith,
  signal,
} from '../support/plan-fixtures.ts'
import { aSnapshot } from '../support/state-samples.ts'
import { aStrategy, pluginGiving } from '../support/strategy-fixtures.ts'

const wants = (direction: 'buy' | 'sell', limit: string, notional = '1000') => ({
  direction,
  confidence: decimal('0.5'),
  targetNotional: decimal(notional),
  explain: ['cheap'],
  limitPrice: decimal(limit),
})

/** The one decision of a plan at a price of 50. */
function decided(answer: unknown, changes: Partial<CycleInputs> = {}, symbol = 'AAPL') {
  const plugin = pluginGiving('limited', () => answer)
  const strategies = compiled([aStrategy('s1', { strategyType: 'limited', params: {} })], [plugin])
  const batch = batchOf(signal({ symbol, payload: { ...QUIET, price: '50' } }))
  const [decision] = planCycle(planInputs({ strategies, batch, ...changes })).decisions
  if (decision === undefined) throw new Error('nothing was decided')
  const { side, quantity, limitPrice, timeInForce, outcome } = decision
  return {
    order: `${side} ${formatDecimal(quantity)} ${timeInForce} ${limitPrice === null ? 'market' : formatDecimal(limitPrice)}`,
    outcome: outcome.kind === 'denied' ? `${outcome.reason}: ${outcome.figures}` : 'accepted',
  }
}

const held = (quantity: string) => aSnapshot({ positions: [position('AAPL', quantity)] })

describe('a decision with a limit', () => {
  it.each<[string, unknown, Partial<CycleInputs>, string]>([
    // 1000 / 50.01 = 19.99
    ['of a buy is sized at it', wants('buy', '50.01'), {}, 'buy 19 ioc 50.01'],
    ['is rounded away from the market', wants('buy', '50.019'), {}, 'buy 19 ioc 50.01'],
    ['of a sell too', wants('sell', '49.991'), { snapshot: held('90') }, 'sell 20 ioc 50'],
    [
      'may close',
      { close: true, confidence: decimal('0.5'), explain: [], limitPrice: decimal('49') },
      { snapshot: held('90') },
      'sell 90 ioc 49',
    ],
    [
      'goes at the market with a part of a share',
      wants('sell', '49'),
      { snapshot: held('7.5') },
      'sell 7.5 day market',
    ],
  ])('%s', (_what, answer, changes, order) => {
    expect(decided(answer, changes)).toEqual({ order, outcome: 'accepted' })
  })

  it('of coins rests nowhere either', () => {
    const settings = settingsWith({ TRADING_CRYPTO_ENABLED: 'true' })
    const { balance } = aSnapshot()
    const snapshot = aSnapshot({ balance: { ...balance, nonMarginableBuyingPower: decimal('5000') } })
    expect(decided(wants('buy', '51.123'), { settings, snapshot }, 'BTC/USD').order).toBe(
      'buy 19.5606674 ioc 51.123',
    )
  })

  it('is checked at the limit of a buy: 100 at 60 cost 6000, of which 5999 are there', () => {
    const { balance } = aSnapshot()
    const snapshot = aSnapshot({ balance: { ...balance, buyingPower: decimal('5999') } })
    expect(decided(wants('buy', '60', '6000'), { snapshot })).toEqual({
      order: 'buy 100 ioc 60',
      outcome: 'insufficient_buying_power: 6,000 > 5,999',
    })
    // at the price it would be 6000 / 50 = 120 for 6000; at 40 it is 150 for 6000
    expect(decided(wants('buy', '40', '5999'), { snapshot }).outcome).toBe('accepted')
  })

  it('takes its cost at the limit from what the next one may spend', () => {
    const seen: string[] = []
    const plugin = pluginGiving('limited', ({ account }: StrategyContext) => {
      seen.push(formatDecimal(account.buyingPower))
      return wants('buy', '60', '600')
    })
    const strategies = compiled([aStrategy('s1', { strategyType: 'limited', params: {} })], [plugin])
    const payload = { ...QUIET, price: '50' }
    const { balance } = aSnapshot()
    const snapshot = aSnapshot({ balance: { ...balance, buyingPower: decimal('10000') } })
    planCycle(planInputs({ strategies, snapshot, batch: batchOf(signal({ payload }), signal({ payload })) }))
    expect(seen).toEqual(['10000', '9400'])
  })

  it('is denied below what the broker takes, and says the limit', () => {
    expect(decided(wants('buy', '0.00001')).outcome).toBe('qty_below_min: target 1,000, price 0')
  })
})

describe('a limit order of a lane', () => {
  async function sent(limit: string, price = '100') {
    const plugin = pluginGiving('limited', () => wants('buy', limit))
    const lane = new LaneFixture(
      (clock) => memoryStores(clock),
      () => ({}),
      [plugin],
    )
    lane.strategies = [aStrategy('limited', { strategyType: 'limited', params: {} })]
    await lane.signal('AAPL', price)
    await lane.tick()
    return lane
  }

  async function told(lane: LaneFixture) {
    for (const update of lane.exchange.tradeUpdatesAfter(0)) {
      await applyTradeUpdate(
        { topic: 'v2', value: feedMessage(update, 'v2'), defaultAccountLabel: null },
        {
          executions: lane.stores.executions,
          events: lane.stores.orderEvents,
          unmatched: lane.stores.unmatchedOrders,
          clock: lane.clock,
          telemetry: lane.telemetry,
          knowsAccount: async () => true,
        },
      )
    }
    const [execution] = await lane.executions()
    return execution
  }

  it('reaches the broker with its limit', async () => {
    const lane = await sent('100.5')
    expect(lane.exchange.submissions).toMatchObject([
      { type: 'limit', limit_price: '100.5', time_in_force: 'ioc', qty: '9', side: 'buy' },
    ])
    expect(await told(lane)).toMatchObject({
      state: 'accepted',
      timeInForce: 'ioc',
      limitPrice: decimal('100.5'),
    })
  })

  it('is filled at the market’s price', async () => {
    const lane = await sent('100.5')
    lane.exchange.fillPending()
    expect(await told(lane)).toMatchObject({ state: 'filled', averageFillPrice: decimal('100') })
  })

  it('is canceled where the market is beyond it, and stays so', async () => {
    const lane = await sent('99.5')
    lane.exchange.fillPending()
    expect(await told(lane)).toMatchObject({ state: 'canceled', filledQuantity: 0n })
    await lane.deliver('reconcile')
    expect((await lane.executions())[0]).toMatchObject({ state: 'canceled' })
  })

  it('is found by a look-up when its answer was lost, and compared with its limit', async () => {
    const plugin = pluginGiving('limited', () => wants('buy', '99.5'))
    const lane = new LaneFixture(
      (clock) => memoryStores(clock),
      () => ({}),
      [plugin],
    )
    lane.strategies = [aStrategy('limited', { strategyType: 'limited', params: {} })]
    lane.failNextOrder('timeout_after_accept')
    await lane.signal()
    await lane.tick()
    lane.exchange.fillPending()
    lane.clock.advance(120)
    await lane.tick()
    expect((await lane.executions())[0]).toMatchObject({ state: 'canceled', limitPrice: decimal('99.5') })
  })

  it('halts its lane when the broker holds one of another limit under its id', async () => {
    const lane = await sent('99.5')
    const [execution] = await lane.executions()
    if (execution === undefined) throw new Error('nothing was sent')
    const { stores } = lane
    await stores.executions.updateExecution({
      ...execution,
      limitPrice: decimal('99.4'),
      revision: execution.revision + 1,
      state: 'unknown',
    })
    await lane.deliver('reconcile')
    expect((await lane.lane())?.halted).toContain('limitPrice: ours 99.4, broker')
  })
})
