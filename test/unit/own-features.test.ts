/** What strategies get beside contract v3: the payload's further values, the bar, and plugins that need a price alone. */
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import type { Json } from '../../lib/domain/signal.ts'
import { readFeatures } from '../../lib/strategy/features.ts'
import type { StrategyPlugin } from '../../lib/strategy/plugin.ts'
import {
  BUYER,
  BUY_INTENT,
  compile,
  definitionWith,
  evaluateOnce,
  pluginGiving,
  signalWith,
} from '../support/strategy-fixtures.ts'

type Payload = Readonly<Record<string, Json>>

const customOf = (payload: Payload) => ({ ...readFeatures(signalWith(payload)).custom })
const barOf = (payload: Payload) => readFeatures(signalWith(payload)).bar
const OHLCV = { open: '1', high: '4', low: '0.5', close: '2', volume: '100' }

describe('features of one’s own', () => {
  it('are the payload’s further numbers and texts, numbers as Decimals however they are written', () => {
    expect(
      customOf({ atr14: '1.25', trades: 7, venue: 'ARCX', open_now: true, nothing: null, list: [1] }),
    ).toEqual({
      atr14: decimal('1.25'),
      trades: decimal('7'),
      venue: 'ARCX',
    })
  })

  it('are named by their block too, also in blocks that the contract reads', () => {
    expect(customOf({ ema: { ema12: '1', ema200: '9' }, mine: { z: '3' } })).toEqual({
      'ema.ema200': decimal('9'),
      'mine.z': decimal('3'),
    })
  })

  it('hold nothing that the contract or the bar reads, and nothing of JavaScript', () => {
    const custom = readFeatures(signalWith({ rsi: '4', ...OHLCV, vwap: { session: '1' } })).custom
    expect(Object.keys(custom)).toEqual([])
    expect(custom['constructor']).toBeUndefined()
    expect(Object.isFrozen(custom)).toBe(true)
  })

  it('take a name that JavaScript reserves as any other', () => {
    const payload = JSON.parse('{"__proto__": "5"}') as Payload
    expect(readFeatures({ ...signalWith(), payload }).custom['__proto__']).toBe(decimal('5'))
  })
})

describe('the bar', () => {
  it('is there when open, high, low and close are, under either name', () => {
    const bar = { open: decimal('1'), high: decimal('4'), low: decimal('0.5'), close: decimal('2') }
    expect(barOf(OHLCV)).toEqual({ ...bar, volume: decimal('100') })
    expect(barOf({ o: 1, h: 4, l: 0.5, c: 2 })).toEqual({ ...bar, volume: null })
    expect(barOf({ o: 1, h: 4, l: 0.5, price: '2' })).toEqual({ ...bar, volume: null })
    expect(Object.isFrozen(barOf(OHLCV))).toBe(true)
  })

  it.each(['open', 'high', 'low'])('is not known without its %s', (name) => {
    expect(barOf({ ...OHLCV, [name]: null })).toBeNull()
  })
})

describe('required features', () => {
  const asked = (requiredFeatures: StrategyPlugin['requiredFeatures'], payload: Payload) => {
    const plugin = pluginGiving('picky', () => BUY_INTENT, requiredFeatures)
    const { raw, errors } = evaluateOnce(
      compile([definitionWith('p', 'picky')], [plugin]),
      signalWith(payload),
    )
    expect(errors).toEqual([])
    return raw.length === 1
  }

  it('may be values of one’s own, or the bar', () => {
    expect(asked(['custom.atr14'], { atr14: '1' })).toBe(true)
    expect(asked(['custom.atr14'], {})).toBe(false)
    expect(asked(['custom.mine.z'], { mine: { z: 'text' } })).toBe(true)
    expect(asked(['bar'], OHLCV)).toBe(true)
    expect(asked(['bar'], { ...OHLCV, low: null })).toBe(false)
  })
})

describe('a plugin that needs a price alone', () => {
  const easy: StrategyPlugin = { ...pluginGiving('easy', () => BUY_INTENT), needs: 'price' }
  const evaluate = (payload: Payload, plugin = easy) =>
    evaluateOnce(
      compile([definitionWith('a', 'buyer'), definitionWith('b', 'easy')], [BUYER, plugin]),
      signalWith(payload),
    )

  it('is asked where others are not', () => {
    const { raw, normalizationError, unusableFor } = evaluate({ macd: null, rsi14: null })
    expect(raw.map(({ strategyId }) => strategyId)).toEqual(['b'])
    expect(normalizationError).toBe('missing_required_features:macd|rsi14')
    expect(unusableFor.map(({ id }) => id)).toEqual(['a'])
  })

  it('is not asked without what it requires itself', () => {
    const { raw, errors } = evaluate({ rsi14: null }, { ...easy, requiredFeatures: ['rsi14'] })
    expect([raw, errors]).toEqual([[], []])
  })

  it.each<[string, Payload]>([
    ['without a price', { price: null }],
    ['under another schema', { feature_schema_version: '4' }],
  ])('is not asked %s', (_what, payload) => {
    const { raw, unusableFor } = evaluate(payload)
    expect(raw).toEqual([])
    expect(unusableFor.map(({ id }) => id)).toEqual(['a', 'b'])
  })
})
