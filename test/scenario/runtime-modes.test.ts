/** Who decides in which runtime mode: the legacy rule, the plugins, the shadow, and the fallback between them. */
import { describe, expect, it } from 'vitest'
import { type CycleInputs, planCycle } from '../../lib/plan/plan-cycle.ts'
import { formatDecimal } from '../../lib/domain/decimal.ts'
import type { Plan } from '../../lib/domain/plan.ts'
import { plusSeconds } from '../../lib/domain/time.ts'
import {
  BUY,
  QUIET,
  SELL,
  TICK,
  batchOf,
  compiled,
  eager,
  eagerStrategy,
  failing,
  lane,
  planInputs,
  position,
  settingsWith,
  signal,
} from '../support/plan-fixtures.ts'
import { aSnapshot } from '../support/state-samples.ts'
import { aStrategy } from '../support/strategy-fixtures.ts'

const MODE = 'TRADING_STRATEGY_RUNTIME_MODE'
const legacyMode = settingsWith({ [MODE]: 'legacy' })
const shadowMode = settingsWith({ [MODE]: 'scheduler_v3' })
const schedulerMode = settingsWith({ [MODE]: 'scheduler_v3', TRADING_STRATEGY_SCHEDULER_ENABLED: 'true' })
const noFallback = settingsWith({ TRADING_STRATEGY_RUNTIME_FALLBACK_LEGACY: 'false' })

const broken = (id: string) => aStrategy(id, { strategyType: 'failing' })
const missing = (id: string) => aStrategy(id, { strategyType: 'nobody_has_it' })

function plan(changes: Partial<CycleInputs>): Plan {
  return planCycle(planInputs(changes))
}

function decided({ decisions }: Plan): string[] {
  return decisions.map(
    ({ origin, side, quantity, sourceStrategyIds, outcome }) =>
      `${origin}: ${side} ${formatDecimal(quantity)} for ${sourceStrategyIds.join('+')} ${outcome.kind}`,
  )
}

function counted({ observations }: Plan, metric: string): unknown[] {
  return observations
    .filter((each) => each.metric === metric)
    .map(({ count, properties }) => [...Object.values(properties), count].join(' '))
}

describe('legacy mode', () => {
  it('evaluates the MACD/RSI rule for every strategy, whatever its plugin, one decision each', () => {
    const strategies = compiled(
      [aStrategy('b'), eagerStrategy('a', { max_notional_per_trade: '500' }), broken('c'), missing('d')],
      [eager, failing],
    )
    const made = plan({ settings: legacyMode, strategies })
    expect(decided(made)).toEqual([
      'a: buy 10 for a accepted',
      'b: buy 20 for b accepted',
      'c: buy 20 for c accepted',
      'd: buy 20 for d accepted',
    ])
    expect(made.outcomes).toEqual([{ position: 1, code: 'decided:4' }])
    expect(counted(made, 'strategy_runtime_legacy_path_total')).toEqual(['legacy_mode 4'])
    expect(counted(made, 'strategy_errors_total')).toEqual([])
  })

  it('asks enabled strategies of the signal’s timeframe and symbol only', () => {
    const strategies = compiled([
      aStrategy('off', { enabled: false }),
      aStrategy('daily', { baseTimeframe: '1Day' }),
      aStrategy('other', { universeSymbols: ['IBM'] }),
      aStrategy('mine', { universeSymbols: ['IBM', 'AAPL'] }),
    ])
    expect(decided(plan({ settings: legacyMode, strategies }))).toEqual(['mine: buy 20 for mine accepted'])
  })

  it('leaves circuits as they are', () => {
    const circuits = { s1: { consecutiveErrors: 2, openUntil: null } }
    const strategies = compiled([broken('s1')], [failing])
    expect(plan({ settings: legacyMode, strategies, lane: lane({ circuits }) }).circuits).toEqual(circuits)
  })
})

describe('the plugin runtime', () => {
  it.each([
    ['plugin_v3', settingsWith()],
    ['scheduler_v3 with the scheduler on', schedulerMode],
  ])('decides in %s: one aggregated decision per symbol and horizon', (_mode, settings) => {
    const strategies = compiled([aStrategy('b'), eagerStrategy('a', { notional: '500' })], [eager])
    const made = plan({ settings, strategies })
    expect(decided(made)).toEqual(['aggregated: buy 30 for b+a accepted'])
    expect(counted(made, 'strategy_runtime_legacy_path_total')).toEqual([])
  })

  it('counts conflicts and lets the stronger side decide', () => {
    const contrary = { ...BUY, macd: 0.4, macd_signal: 0.5, rsi14: 70 }
    const strategies = compiled(
      [
        eagerStrategy('big', { notional: '3000' }),
        aStrategy('small', { strategyType: 'opposite', params: { notional: '400' } }),
      ],
      [
        eager,
        {
          ...eager,
          pluginId: 'opposite',
          evaluate: (context, features) => {
            const intent = eager.evaluate(context, features)
            if (intent == null || 'close' in intent) return intent
            return { ...intent, direction: intent.direction === 'buy' ? 'sell' : 'buy' }
          },
        },
      ],
    )
    const held = aSnapshot({ positions: [position('AAPL', '100')] })
    const made = plan({ strategies, snapshot: held, batch: batchOf(signal({ payload: contrary })) })
    expect(decided(made)).toEqual(['aggregated: sell 60 for big accepted'])
    expect(made.decisions[0]?.explain).toEqual(['eager', 'intent_conflict_resolved'])
    expect(counted(made, 'intent_conflict_total')).toEqual(['1'])
  })

  it('opens a circuit after three errors and forgets those of strategies that left the catalog', () => {
    const strategies = compiled([broken('s1')], [failing])
    const circuits = { gone: { consecutiveErrors: 1, openUntil: null } }
    const made = plan({
      settings: noFallback,
      strategies,
      lane: lane({ circuits }),
      batch: batchOf(signal(), signal(), signal(), signal()),
    })
    expect(made.circuits).toEqual({
      s1: { consecutiveErrors: 0, openUntil: plusSeconds(TICK, 240) },
    })
    expect(counted(made, 'strategy_errors_total')).toEqual([
      's1 plugin_error runtime 3',
      's1 strategy_degraded runtime 1',
    ])
    expect(counted(made, 'strategy_runtime_isolated_failures_total')).toEqual(['plugin_error runtime 3'])
    expect(counted(made, 'strategy_circuits_opened_total')).toEqual(['s1 runtime 1'])
  })
})

describe('fallback to the legacy rule', () => {
  const openCircuit = { c: { consecutiveErrors: 0, openUntil: plusSeconds(TICK, 3600) } }

  it('stands in for plugins that could not decide, as those strategies’ intents', () => {
    const strategies = compiled(
      [broken('a'), missing('b'), eagerStrategy('c'), eagerStrategy('d')],
      [eager, failing],
    )
    const made = plan({ strategies, lane: lane({ circuits: openCircuit }) })
    // a and b by their caps of 1000, c by the legacy default of 100, d by its plugin's 1000
    expect(decided(made)).toEqual(['aggregated: buy 62 for a+b+c+d accepted'])
    expect(counted(made, 'strategy_runtime_fallback_total')).toEqual([
      'a plugin_error 1',
      'b plugin_not_found 1',
      'c strategy_degraded 1',
    ])
  })

  it('stays away from a plugin that decided to do nothing', () => {
    const idle = { ...eager, pluginId: 'idle', evaluate: () => null }
    const made = plan({ strategies: compiled([aStrategy('s1', { strategyType: 'idle' })], [idle]) })
    expect(made.outcomes).toEqual([{ position: 1, code: 'no_intent' }])
    expect(counted(made, 'strategy_runtime_fallback_total')).toEqual([])
  })

  it('stays away from an intent of a wrong form: its author wanted something, only not in words that we know', () => {
    const misspelt = { ...eager, pluginId: 'misspelt', evaluate: () => ({ side: 'buy' }) as never }
    const strategies = compiled([aStrategy('s1', { strategyType: 'misspelt' })], [misspelt])
    const made = plan({ strategies })
    expect(made.outcomes).toEqual([{ position: 1, code: 'strategy_error:0' }])
    expect(counted(made, 'strategy_runtime_fallback_total')).toEqual([])
  })

  it('counts a fallback also when the legacy rule does nothing', () => {
    const made = plan({ strategies: compiled([missing('s1')]), batch: batchOf(signal({ payload: QUIET })) })
    expect(decided(made)).toEqual([])
    expect(counted(made, 'strategy_runtime_fallback_total')).toEqual(['s1 plugin_not_found 1'])
  })

  it('is off with the flag, and each strategy can say otherwise', () => {
    const strategies = compiled([
      missing('follows'),
      { ...missing('yes'), legacyFallback: true },
      { ...missing('no'), legacyFallback: false },
    ])
    expect(decided(plan({ strategies, settings: noFallback }))).toEqual([
      'aggregated: buy 20 for yes accepted',
    ])
    expect(decided(plan({ strategies }))).toEqual(['aggregated: buy 40 for follows+yes accepted'])
  })

  it('uses what can be read of features that the contract refuses', () => {
    const strategies = compiled([eagerStrategy('s1', { max_notional_per_trade: '1000' })], [eager])
    const newer = signal({ payload: { ...BUY, feature_schema_version: 'v4' } })
    const made = plan({ strategies, batch: batchOf(newer) })
    expect(decided(made)).toEqual(['aggregated: buy 20 for s1 accepted'])
    expect(counted(made, 'strategy_runtime_fallback_total')).toEqual(['s1 unusable_features 1'])
    expect(plan({ strategies, settings: noFallback, batch: batchOf(newer) }).outcomes).toEqual([
      { position: 1, code: 'normalization_error:incompatible_feature_schema:v4' },
    ])
  })

  it.each(['price', 'macd', 'macd_signal', 'rsi14'])('cannot do without %s', (name) => {
    const { [name]: _left, ...payload } = { price: 50, ...BUY } as Record<string, number>
    const made = plan({ batch: batchOf(signal({ price: null, payload })) })
    expect(made.outcomes).toEqual([
      { position: 1, code: `normalization_error:missing_required_features:${name}` },
    ])
    expect(counted(made, 'strategy_runtime_fallback_total')).toEqual([])
  })
})

describe('scheduler_v3 with the scheduler off', () => {
  it('lets the legacy rule decide and never trades what the runtime wants in shadow', () => {
    const strategies = compiled([eagerStrategy('eager'), aStrategy('same')], [eager])
    const made = plan({
      settings: shadowMode,
      strategies,
      batch: batchOf(signal({ payload: QUIET }), signal()),
    })
    expect(decided(made)).toEqual(['eager: buy 2 for eager accepted', 'same: buy 20 for same accepted'])
    expect(made.outcomes.map(({ code }) => code)).toEqual(['no_intent', 'decided:2'])
    expect(counted(made, 'strategy_runtime_legacy_path_total')).toEqual(['scheduler_disabled 4'])
    expect(counted(made, 'strategy_shadow_divergence_total')).toEqual([
      'eager only_shadow 1',
      'eager target_notional 1',
    ])
  })

  it('counts a different direction, a different confidence and an intent that the runtime lacks', () => {
    const strategies = compiled(
      [
        eagerStrategy('confidence', { notional: '100' }),
        aStrategy('direction', { strategyType: 'buyer' }),
        broken('lacks'),
      ],
      [
        eager,
        failing,
        {
          ...eager,
          pluginId: 'buyer',
          evaluate: (context, features) => {
            const intent = eager.evaluate(context, features)
            return intent && { ...intent, direction: 'buy' }
          },
        },
      ],
    )
    const made = plan({ settings: shadowMode, strategies, batch: batchOf(signal({ payload: SELL })) })
    expect(counted(made, 'strategy_shadow_divergence_total')).toEqual([
      'confidence confidence 1',
      'direction direction 1',
      'lacks only_legacy 1',
    ])
    expect(counted(made, 'strategy_errors_total')).toEqual(['lacks plugin_error shadow 1'])
    expect(counted(made, 'strategy_runtime_fallback_total')).toEqual([])
  })

  it('moves the circuits, which belong to the runtime, shadow or not', () => {
    const strategies = compiled([broken('s1')], [failing])
    const made = plan({ settings: shadowMode, strategies })
    expect(made.circuits).toEqual({ s1: { consecutiveErrors: 1, openUntil: null } })
  })
})
