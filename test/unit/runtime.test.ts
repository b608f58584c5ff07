/** Isolation of plugins from each other and of the runtime from all of them. */
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { plusSeconds } from '../../lib/domain/time.ts'
import { CircuitBook } from '../../lib/strategy/circuit.ts'
import type { FeatureVector, StrategyContext } from '../../lib/strategy/plugin.ts'
import { evaluateSignal } from '../../lib/strategy/runtime.ts'
import {
  BUYER,
  BUY_INTENT,
  compile,
  definitionWith,
  evaluateOnce,
  pluginGiving,
  signalWith,
} from '../support/strategy-fixtures.ts'

/** The reasons of `suspect` when it is asked between two strategies that behave. */
function askedBetweenNeighbours(answer: (context: StrategyContext, features: FeatureVector) => unknown) {
  const compiled = compile(
    [definitionWith('a', 'buyer'), definitionWith('b', 'suspect'), definitionWith('c', 'buyer')],
    [BUYER, pluginGiving('suspect', answer)],
  )
  const { raw, errors } = evaluateOnce(compiled)
  expect(raw.map(({ strategyId }) => strategyId).filter((id) => id !== 'b')).toEqual(['a', 'c'])
  expect(raw.filter(({ strategyId }) => strategyId !== 'b')).toMatchObject([BUY_INTENT, BUY_INTENT])
  expect(errors.every(({ strategyId }) => strategyId === 'b')).toBe(true)
  return errors.map(({ reason }) => reason)
}

const CLOSING = { close: true, confidence: decimal('0.5'), explain: [] } as const

describe('an invalid intent is its own plugin’s error', () => {
  it.each<[string, () => unknown]>([
    ['a promise', () => Promise.resolve(BUY_INTENT)],
    ['a promise that rejects', () => Promise.reject(new Error('late'))],
    ['a proxy', () => new Proxy({ ...BUY_INTENT }, {})],
    ['a revoked proxy', () => revokedProxy()],
    ['a number', () => 1],
    ['true', () => true],
    ['a function', () => () => BUY_INTENT],
    ['an empty object', () => ({})],
    ['an array', () => [BUY_INTENT]],
    ['another direction', () => ({ ...BUY_INTENT, direction: 'hold' })],
    ['a plain number as confidence', () => ({ ...BUY_INTENT, confidence: 0.5 })],
    ['a text as confidence', () => ({ ...BUY_INTENT, confidence: '0.5' })],
    ['a confidence above 1', () => ({ ...BUY_INTENT, confidence: decimal('1.00000001') })],
    ['a negative confidence', () => ({ ...BUY_INTENT, confidence: decimal('-0.00000001') })],
    ['a plain number as notional', () => ({ ...BUY_INTENT, targetNotional: 100 })],
    ['a notional of zero', () => ({ ...BUY_INTENT, targetNotional: 0n })],
    ['a negative notional', () => ({ ...BUY_INTENT, targetNotional: decimal('-1') })],
    ['a notional beyond all accounts', () => ({ ...BUY_INTENT, targetNotional: 10n ** 400n })],
    ['a plain number as limit', () => ({ ...BUY_INTENT, limitPrice: 100 })],
    ['null as limit', () => ({ ...BUY_INTENT, limitPrice: null })],
    ['a limit of zero', () => ({ ...BUY_INTENT, limitPrice: 0n })],
    ['a limit beyond all prices', () => ({ ...BUY_INTENT, limitPrice: 10n ** 400n })],
    ['a limit of one that closes that is a text', () => ({ ...CLOSING, limitPrice: '1' })],
    ['a field that is not known', () => ({ ...BUY_INTENT, limit_price: decimal('1') })],
    ['no explanation', () => ({ ...BUY_INTENT, explain: undefined })],
    ['a text as explanation', () => ({ ...BUY_INTENT, explain: 'because' })],
    ['numbers as explanation', () => ({ ...BUY_INTENT, explain: [1] })],
    ['a proxy as explanation', () => ({ ...BUY_INTENT, explain: new Proxy(['x'], {}) })],
    ['an endless explanation', () => ({ ...BUY_INTENT, explain: ['x'.repeat(10_000)] })],
    [
      'a getter that throws',
      () => ({
        ...BUY_INTENT,
        get confidence() {
          throw new Error('gotcha')
        },
      }),
    ],
  ])('%s', (_what, answer) => {
    expect(askedBetweenNeighbours(answer)).toEqual(['invalid_intent'])
  })

  it('reads a field once, so that a getter cannot pass the check and then answer otherwise', () => {
    let reads = 0
    const plugin = pluginGiving('shifty', () => ({
      ...BUY_INTENT,
      get confidence() {
        reads += 1
        return reads === 1 ? decimal('0.4') : decimal('400')
      },
    }))
    const { raw } = evaluateOnce(compile([definitionWith('s', 'shifty')], [plugin]))
    expect(raw[0]?.confidence).toBe(decimal('0.4'))
  })

  it.each([
    ['null', null],
    ['undefined', undefined],
  ])('%s is no intent and no error', (_what, answer) => {
    expect(askedBetweenNeighbours(() => answer)).toEqual([])
  })

  it.each([
    ['a confidence of 0', { ...BUY_INTENT, confidence: 0n }],
    ['a confidence of 1', { ...BUY_INTENT, confidence: decimal('1') }],
    ['the smallest notional', { ...BUY_INTENT, targetNotional: 1n }],
    ['no reasons', { ...BUY_INTENT, explain: [] }],
    ['a limit', { ...BUY_INTENT, limitPrice: 1n }],
    ['no limit, said', { ...BUY_INTENT, limitPrice: undefined }],
  ])('%s is within bounds', (_what, answer) => {
    expect(askedBetweenNeighbours(() => answer)).toEqual([])
  })
})

describe('a plugin that throws is its own error', () => {
  it.each<[string, unknown]>([
    ['an Error', new Error('boom')],
    ['a text', 'boom'],
    ['undefined', undefined],
    ['null', null],
    ['an error whose message cannot be read', hostileError()],
    ['a revoked proxy', revokedProxy()],
  ])('%s', (_what, thrown) => {
    const reasons = askedBetweenNeighbours(() => {
      throw thrown
    })
    expect(reasons).toEqual(['plugin_error'])
  })

  it('keeps the message for people', () => {
    const failing = pluginGiving('failing', () => {
      throw new RangeError('too far')
    })
    const { errors } = evaluateOnce(compile([definitionWith('f', 'failing')], [failing]))
    expect(errors).toMatchObject([{ strategyId: 'f', reason: 'plugin_error', detail: 'RangeError: too far' }])
  })
})

describe('what plugins get cannot be changed for others', () => {
  it.each<[string, (context: StrategyContext, features: FeatureVector) => void]>([
    ['a feature', (_context, { values }) => Object.assign(values, { price: 1n })],
    ['a new feature', (_context, { values }) => Object.assign(values, { mine: 1n })],
    ['the vector', (_context, features) => Object.assign(features, { values: {} })],
    ['the context', (context) => Object.assign(context, { symbol: 'HACK' })],
    ['the params', ({ params }) => Object.assign(params, { max_notional_per_trade: '1e9' })],
    ['nested params', ({ params }) => Object.assign(params['nested'] as object, { deep: 2 })],
  ])('%s', (_what, tamper) => {
    const seen: unknown[] = []
    const spy = pluginGiving('spy', (context, features) => {
      seen.push({ ...context, values: { ...features.values } })
      return null
    })
    const tampering = pluginGiving('tampering', (context, features) => {
      tamper(context, features)
      return null
    })
    const params = { nested: { deep: 1 } }
    const definitions = [
      definitionWith('a', 'spy', { params }),
      definitionWith('b', 'tampering', { params }),
      definitionWith('c', 'spy', { params }),
    ]
    const { errors } = evaluateOnce(compile(definitions, [spy, tampering]))
    expect(errors).toMatchObject([{ strategyId: 'b', reason: 'plugin_error' }])
    const [before, after] = seen as [Record<string, unknown>, Record<string, unknown>]
    expect({ ...after, strategyId: 'a', strategyName: 'Strategy a' }).toEqual(before)
    expect(params).toEqual({ nested: { deep: 1 } })
  })

  it('a context kept from an earlier signal still tells of that signal', () => {
    const contexts: StrategyContext[] = []
    const keeper = pluginGiving('keeper', (context) => {
      contexts.push(context)
      return null
    })
    const compiled = compile([definitionWith('k', 'keeper')], [keeper])
    evaluateOnce(compiled, signalWith({}, { symbol: 'SPY' }))
    evaluateOnce(compiled, signalWith({}, { symbol: 'AAPL' }))
    expect(contexts.map(({ symbol }) => symbol)).toEqual(['SPY', 'AAPL'])
    expect(contexts.every((context) => Object.isFrozen(context))).toBe(true)
  })

  it('an intent that its plugin changes afterwards stays as it was', () => {
    const reasons = ['first']
    const plugin = pluginGiving('mutable', () => ({ ...BUY_INTENT, explain: reasons }))
    const { raw } = evaluateOnce(compile([definitionWith('m', 'mutable')], [plugin]))
    reasons[0] = 'changed'
    expect(raw[0]?.explain).toEqual(['first'])
  })
})

describe('who is asked', () => {
  it('only enabled strategies of the timeframe whose universe holds the symbol, in the order of ids', () => {
    const definitions = [
      definitionWith('z-all', 'buyer'),
      definitionWith('spy-only', 'buyer', { universeSymbols: ['SPY'] }),
      definitionWith('aapl-only', 'buyer', { universeSymbols: ['AAPL'] }),
      definitionWith('five-minutes', 'buyer', { baseTimeframe: '5Min' }),
      definitionWith('disabled', 'buyer', { enabled: false }),
      definitionWith('nobody', 'buyer', { universeSymbols: [] }),
    ]
    const compiled = compile(definitions, [BUYER])
    const askedFor = (symbol: string, timeframe = '1Min') =>
      evaluateOnce(compiled, signalWith({}, { symbol, timeframe })).raw.map(({ strategyId }) => strategyId)
    expect(askedFor('SPY')).toEqual(['spy-only', 'z-all'])
    expect(askedFor('AAPL')).toEqual(['aapl-only', 'z-all'])
    expect(askedFor('MSFT')).toEqual(['z-all'])
    expect(askedFor('SPY', '5Min')).toEqual(['five-minutes'])
    expect(askedFor('SPY', '1Day')).toEqual([])
  })

  it('nobody when the signal does not satisfy the contract; circuits stay as they are', () => {
    const circuits = new CircuitBook({ b: { consecutiveErrors: 2, openUntil: null } })
    const compiled = compile([definitionWith('b', 'buyer')], [BUYER])
    const evaluation = evaluateSignal(compiled, circuits, signalWith({ rsi14: 'n/a' }))
    expect(evaluation).toMatchObject({
      normalizationError: 'missing_required_features:rsi14',
      features: null,
      raw: [],
      errors: [],
    })
    expect(circuits.toStates()).toEqual({ b: { consecutiveErrors: 2, openUntil: null } })
  })

  it('not a plugin whose required feature is absent', () => {
    const needy = { ...BUYER, pluginId: 'needy', requiredFeatures: ['price', 'boll_mid'] as const }
    const compiled = compile([definitionWith('n', 'needy')], [needy])
    expect(evaluateOnce(compiled)).toMatchObject({ raw: [], errors: [] })
    expect(evaluateOnce(compiled, signalWith({ boll_mid: 0 })).raw).toHaveLength(1)
  })

  it('a missing plugin or version is reported and never counts towards a circuit', () => {
    const definitions = [
      definitionWith('a', 'unheard_of'),
      definitionWith('b', 'buyer', { version: '1.0.1' }),
      definitionWith('c', 'buyer'),
    ]
    const compiled = compile(definitions, [BUYER], { errors: 1, cooldownSeconds: 60 })
    const circuits = new CircuitBook()
    for (let round = 0; round < 3; round += 1) {
      const { errors, raw } = evaluateSignal(compiled, circuits, signalWith())
      expect(errors.map(({ strategyId, reason }) => [strategyId, reason])).toEqual([
        ['a', 'plugin_not_found'],
        ['b', 'plugin_not_found'],
      ])
      expect(raw).toHaveLength(1)
    }
    expect(circuits.toStates()).toEqual({})
  })

  it('not a strategy whose circuit is open, until the cooldown is over in signal time', () => {
    const failing = pluginGiving('failing', () => {
      throw new Error('boom')
    })
    const compiled = compile([definitionWith('f', 'failing')], [failing], { errors: 2, cooldownSeconds: 60 })
    const circuits = new CircuitBook()
    const start = signalWith().eventTs
    const at = (seconds: number) => {
      const signal = signalWith({}, { eventTs: plusSeconds(start, seconds) })
      const { errors, circuitsOpened } = evaluateSignal(compiled, circuits, signal)
      return [...errors.map(({ reason }) => reason), ...circuitsOpened]
    }
    expect(at(0)).toEqual(['plugin_error'])
    expect(at(10)).toEqual(['plugin_error', 'f'])
    expect(at(11)).toEqual(['strategy_degraded'])
    expect(at(70)).toEqual(['strategy_degraded'])
    expect(at(71)).toEqual(['plugin_error'])
    expect(at(72)).toEqual(['plugin_error', 'f'])
  })
})

function revokedProxy(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function hostileError(): Error {
  return Object.defineProperty(new Error('x'), 'message', {
    get() {
      throw new Error('not for you')
    },
  })
}
