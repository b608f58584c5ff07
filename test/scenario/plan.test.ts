/** A plan whole, from signals to decisions: outcomes, identities, cursor, cooldowns and counts. */
import { describe, expect, it } from 'vitest'
import { serializePlan } from '../support/plan-text.ts'
import { planCycle } from '../../lib/plan/plan-cycle.ts'
import { formatDecimal } from '../../lib/domain/decimal.ts'
import { InvalidValueError } from '../../lib/domain/errors.ts'
import { clientOrderId, decisionId } from '../../lib/domain/ids.ts'
import { plusSeconds } from '../../lib/domain/time.ts'
import {
  BUY,
  LABEL,
  QUIET,
  SELL,
  TICK,
  account,
  batchOf,
  compiled,
  eager,
  eagerStrategy,
  lane,
  logged,
  planInputs,
  settingsWith,
  signal,
} from '../support/plan-fixtures.ts'
import { aSnapshot } from '../support/state-samples.ts'
import { aStrategy, pluginGiving } from '../support/strategy-fixtures.ts'

describe('a plan', () => {
  it('turns a signal into a decision that says everything an order needs', () => {
    const [decision] = planCycle(planInputs()).decisions
    const [first] = logged([signal()])
    const id = decisionId(LABEL, first?.signalId as never, '1Min', 'aggregated')
    expect({
      ...decision,
      quantity: formatDecimal(decision?.quantity as never),
      price: formatDecimal(decision?.price as never),
      confidence: formatDecimal(decision?.confidence as never),
      targetNotional: formatDecimal(decision?.targetNotional as never),
    }).toEqual({
      decisionId: id,
      clientOrderId: clientOrderId(id),
      accountLabel: 'paper',
      signalId: first?.signalId,
      position: 1,
      source: 'ta',
      eventTs: plusSeconds(TICK, -60),
      symbol: 'AAPL',
      horizon: '1Min',
      origin: 'aggregated',
      side: 'buy',
      quantity: '20',
      price: '50',
      timeInForce: 'day',
      limitPrice: null,
      confidence: '0.65',
      targetNotional: '1000',
      sourceStrategyIds: ['s1'],
      explain: ['macd_cross_up', 'rsi_oversold'],
      brokerTarget: { mode: 'paper', baseUrl: 'https://paper-api.alpaca.markets' },
      tickAt: TICK,
      outcome: { kind: 'accepted' },
    })
  })

  it('keeps a decision’s identity when quantity, price and parameters change', () => {
    const ids = [
      planInputs(),
      planInputs({ batch: batchOf(signal({ price: 77 })) }),
      planInputs({ strategies: compiled([aStrategy('other', { params: {} })]) }),
      planInputs({ killSwitchOn: true, tickAt: plusSeconds(TICK, 60) }),
    ].map((inputs) => planCycle(inputs).decisions[0]?.decisionId)
    expect(new Set(ids).size).toBe(1)
  })

  it('sends crypto orders good till cancelled', () => {
    const settings = settingsWith({ TRADING_CRYPTO_ENABLED: 'true' })
    const plan = planCycle(planInputs({ settings, batch: batchOf(signal({ symbol: 'BTC/USD' })) }))
    expect(plan.decisions[0]?.timeInForce).toBe('gtc')
  })

  it('adds the caps of the strategies behind an order; one without counts with what it asked for', () => {
    const plan = planCycle(
      planInputs({
        strategies: compiled(
          [
            eagerStrategy('capped', { notional: '5000', max_notional_per_trade: '1500' }),
            eagerStrategy('uncapped', { notional: '700' }),
          ],
          [eager],
        ),
      }),
    )
    // 5700 wanted, 1500 + 700 allowed: 44 shares at 50
    expect(
      plan.decisions.map(({ targetNotional, quantity }) => [targetNotional, quantity].map(formatDecimal)),
    ).toEqual([['5700', '44']])
  })

  it('gives every position exactly one outcome', () => {
    const inputs = planInputs({
      lane: lane({ cursor: 4 }),
      strategies: compiled([aStrategy('s1', { universeSymbols: ['AAPL', 'IBM'] })]),
      batch: {
        expired: { from: 5, to: 9 },
        signals: logged(
          [
            signal(),
            signal({ payload: QUIET }),
            signal({ payload: { macd: 1 } }),
            signal({ symbol: 'SPY' }),
            signal({ timeframe: '1Day' }),
          ],
          9,
        ),
      },
    })
    const plan = planCycle(inputs)
    expect(plan.expired).toEqual({ from: 5, to: 9 })
    expect(plan.outcomes).toEqual([
      { position: 10, code: 'decided:1' },
      { position: 11, code: 'no_intent' },
      { position: 12, code: 'normalization_error:missing_required_features:macd_signal|rsi14' },
      { position: 13, code: 'no_strategy' },
      { position: 14, code: 'no_strategy' },
    ])
    expect(plan.nextCursor).toBe(14)
  })

  it('names strategies that could not decide by their place in the catalog, unless something was decided', () => {
    const bad = pluginGiving('bad', () => {
      throw new Error('no luck')
    })
    const strategies = ['c', 'a', 'b'].map((id) =>
      aStrategy(id, id === 'b' ? {} : { strategyType: id === 'c' ? 'bad' : 'absent', legacyFallback: false }),
    )
    const failing: string[] = []
    const plan = planCycle(
      planInputs({
        strategies: compiled(strategies, [bad]),
        batch: { expired: null, signals: logged([signal({ payload: QUIET }), signal()]) },
      }),
      undefined,
      {
        failing: ({ strategyId, detail }, { position }) =>
          failing.push(`${position} ${strategyId} ${detail}`),
      },
    )
    expect(plan.outcomes.map(({ code }) => code)).toEqual(['strategy_error:0,2', 'decided:1'])
    expect(failing).toEqual([
      '1 a absent@1.0.0',
      '1 c Error: no luck',
      '2 a absent@1.0.0',
      '2 c Error: no luck',
    ])
  })

  it('says strategy_error of an open circuit, and nothing of it in shadow', () => {
    const strategies = compiled([aStrategy('a', { legacyFallback: false })])
    const codesIn = (mode: string) =>
      planCycle(
        planInputs({
          lane: lane({ circuits: { a: { consecutiveErrors: 0, openUntil: plusSeconds(TICK, 3600) } } }),
          strategies,
          settings: settingsWith({ TRADING_STRATEGY_RUNTIME_MODE: mode }),
          batch: { expired: null, signals: logged([signal({ payload: QUIET })]) },
        }),
      ).outcomes.map(({ code }) => code)
    expect(codesIn('plugin_v3')).toEqual(['strategy_error:0'])
    expect(codesIn('scheduler_v3')).toEqual(['no_intent'])
  })

  it('moves the cursor over positions that have all expired, and not at all without any', () => {
    const at4 = { lane: lane({ cursor: 4 }) }
    const expired = { from: 5, to: 9 }
    expect(planCycle(planInputs({ ...at4, batch: { expired, signals: [] } })).nextCursor).toBe(9)
    expect(planCycle(planInputs({ ...at4, batch: { expired: null, signals: [] } })).nextCursor).toBe(4)
  })

  it.each([
    ['skips a position', { expired: null, signals: logged([signal()], 1) }],
    ['begins at the cursor', { expired: null, signals: logged([signal()], -1) }],
    ['has a hole behind what expired', { expired: { from: 1, to: 2 }, signals: logged([signal()], 3) }],
    ['skips what expired', { expired: { from: 2, to: 3 }, signals: [] }],
  ])('is refused for a batch that %s', (_what, batch) => {
    expect(() => planCycle(planInputs({ batch }))).toThrow(InvalidValueError)
  })

  it('asks only the strategies that the account trades', () => {
    const strategies = compiled([aStrategy('s1'), aStrategy('s2'), aStrategy('off', { enabled: false })])
    const sources = (names: readonly string[] | null) =>
      planCycle(planInputs({ strategies, account: account({ strategies: names }) })).decisions.map(
        ({ sourceStrategyIds }) => sourceStrategyIds,
      )
    expect(sources(null)).toEqual([['s1', 's2']])
    expect(sources(['s2', 'off', 'unknown'])).toEqual([['s2']])
    expect(sources([])).toEqual([])
  })

  it('remembers when an order for a symbol was accepted, and forgets it after the cooldown', () => {
    const cooldowns = {
      IBM: plusSeconds(TICK, -30),
      OLD: plusSeconds(TICK, -60),
      SPY: plusSeconds(TICK, -59.999),
    }
    const plan = planCycle(
      planInputs({
        lane: lane({ cooldowns }),
        settings: settingsWith({ TRADING_COOLDOWN_SECONDS: '60' }),
        batch: batchOf(signal(), signal({ symbol: 'IBM' })),
      }),
    )
    // AAPL was accepted now; IBM was denied, which starts no cooldown
    expect(plan.cooldowns).toEqual({
      AAPL: TICK,
      IBM: plusSeconds(TICK, -30),
      SPY: plusSeconds(TICK, -59.999),
    })
    expect(Object.keys(plan.cooldowns)).toEqual(['AAPL', 'IBM', 'SPY'])
  })

  it('counts what happened, with strategy and reason', () => {
    const strategies = compiled([aStrategy('buyer'), eagerStrategy('seller', { notional: '600' })], [eager])
    const fickle = signal({ payload: { ...BUY, macd: 0.5, macd_signal: 0.4 } })
    const plan = planCycle(
      planInputs({ strategies, killSwitchOn: true, batch: batchOf(fickle, signal({ payload: SELL })) }),
    )
    expect(plan.observations).toEqual([
      { metric: 'kill_switch_blocks_total', count: 2, properties: { symbol: 'AAPL' } },
      { metric: 'orders_denied_total', count: 2, properties: { reason: 'kill_switch_on', symbol: 'AAPL' } },
      { metric: 'strategy_events_total', count: 4, properties: {} },
      { metric: 'strategy_intents_total', count: 2, properties: { strategy_id: 'buyer' } },
      { metric: 'strategy_intents_total', count: 2, properties: { strategy_id: 'seller' } },
    ])
  })

  it('is made of the totals and the batch’s symbols alone: other rows of the snapshot change nothing', () => {
    const batch = batchOf(signal(), signal({ payload: SELL }))
    const other = aSnapshot({
      positions: [
        { symbol: 'ZZZ', quantity: 5n as never, marketValue: 9n as never, averageEntryPrice: null },
      ],
    })
    expect(serializePlan(planCycle(planInputs({ batch, snapshot: other })))).toBe(
      serializePlan(planCycle(planInputs({ batch }))),
    )
  })
})
