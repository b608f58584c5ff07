/** The two built-in plugins at their thresholds; expected values from their specification, worked by hand. */
import { describe, expect, it } from 'vitest'
import { decimal, formatDecimal } from '../../lib/domain/decimal.ts'
import type { Json } from '../../lib/domain/signal.ts'
import { compile, definitionWith, evaluateOnce, signalWith } from '../support/strategy-fixtures.ts'

type Payload = Readonly<Record<string, Json>>

function answerOf(type: string, version: string, payload: Payload, params: Payload = {}): string {
  const compiled = compile([definitionWith('s', type, { version, params })])
  const { raw, errors } = evaluateOnce(compiled, signalWith(payload))
  expect(errors).toEqual([])
  const [intent] = raw
  if (intent === undefined) return 'none'
  return `${intent.direction} ${formatDecimal(intent.confidence)} ${formatDecimal(intent.targetNotional)}`
}

describe('legacy_macd_rsi@1.0.0', () => {
  it.each([
    ['1', '0', '34.99999999', 'buy 0.65 100'],
    ['1', '0', '35', 'none'],
    ['0', '0', '10', 'none'],
    ['0', '1', '65.00000001', 'sell 0.65 100'],
    ['0', '1', '65', 'none'],
    ['0', '0', '90', 'none'],
    ['1', '0', '90', 'none'],
    ['0', '1', '10', 'none'],
  ])('macd %s, signal %s, rsi %s: %s', (macd, macd_signal, rsi14, expected) => {
    expect(answerOf('legacy_macd_rsi', '1.0.0', { macd, macd_signal, rsi14 })).toBe(expected)
  })

  it.each<[Json, string]>([
    ['250.5', '250.5'],
    [250, '250'],
    ['0', '100'],
    ['-1', '100'],
    ['many', '100'],
    [null, '100'],
    [true, '100'],
  ])('max_notional_per_trade %j targets %s', (max_notional_per_trade, notional) => {
    const payload = { macd: '1', macd_signal: '0', rsi14: '20' }
    expect(answerOf('static', '1.0.0', payload, { max_notional_per_trade })).toBe(`buy 0.65 ${notional}`)
  })

  it('says why', () => {
    const compiled = compile([definitionWith('s', 'legacy_macd_rsi')])
    const reasons = (payload: Payload) => evaluateOnce(compiled, signalWith(payload)).raw[0]?.explain
    expect(reasons({ macd: 1, macd_signal: 0, rsi14: 20 })).toEqual(['macd_cross_up', 'rsi_oversold'])
    expect(reasons({ macd: 0, macd_signal: 1, rsi14: 80 })).toEqual(['macd_cross_down', 'rsi_overbought'])
  })
})

describe('intraday_tsmom@1.1.0', () => {
  const up = { ema12: '2', ema26: '1', macd: '0.05', macd_signal: '0.01', rsi14: '57' }
  const down = { ema12: '1', ema26: '2', macd: '-0.06', macd_signal: '0', rsi14: '66' }

  it.each<[string, Payload, string]>([
    ['momentum of exactly 0.04, no volatility', {}, 'buy 0.64 100'],
    ['momentum below 0.04', { macd: '0.04999999' }, 'none'],
    ['momentum of exactly 0.10', { macd: '0.11' }, 'buy 0.69 100'],
    ['rsi at its lower bound', { rsi14: '52' }, 'buy 0.64 100'],
    ['rsi below it', { rsi14: '51.99999999' }, 'none'],
    ['rsi at its upper bound', { rsi14: '62' }, 'buy 0.64 100'],
    ['rsi above it', { rsi14: '62.00000001' }, 'none'],
    ['volatility at its lower bound, calm', { vol: '0.001' }, 'buy 0.67 100'],
    ['volatility below it', { vol: '0.00099999' }, 'none'],
    ['a volatility of zero', { vol: '0' }, 'none'],
    ['volatility at the calm bound', { vol: '0.008' }, 'buy 0.67 100'],
    ['volatility above it', { vol: '0.00800001' }, 'buy 0.64 100'],
    ['volatility at its upper bound', { vol: '0.012' }, 'buy 0.64 100'],
    ['volatility above it', { vol: '0.01200001' }, 'none'],
    ['strong and calm', { macd: '0.2', vol: '0.005' }, 'buy 0.72 100'],
    ['equal averages', { ema26: '2' }, 'none'],
    ['a missing average', { ema12: null }, 'none'],
  ])('up, %s: %s', (_what, changes, expected) => {
    expect(answerOf('intraday_tsmom', '1.1.0', { ...up, ...changes })).toBe(expected)
  })

  it.each<[string, Payload, string]>([
    ['at all bounds', {}, 'sell 0.62 100'],
    ['momentum below 0.06', { macd: '-0.05999999' }, 'none'],
    ['rsi below 66', { rsi14: '65.99999999' }, 'none'],
    ['rsi of 72', { rsi14: '72' }, 'sell 0.65 100'],
    ['volatility out of the buy range', { vol: '0.5' }, 'sell 0.62 100'],
    ['a missing average', { ema26: null }, 'none'],
  ])('down, %s: %s', (_what, changes, expected) => {
    expect(answerOf('tsmom_intraday', '1.1.0', { ...down, ...changes })).toBe(expected)
  })

  it('strategies of the same plugin keep their own notionals', () => {
    const notionals = ['10', '20', '30']
    const definitions = notionals.map((max_notional_per_trade, index) =>
      definitionWith(`s${index}`, 'intraday_tsmom', { version: '1.1.0', params: { max_notional_per_trade } }),
    )
    const { raw } = evaluateOnce(compile(definitions), signalWith(up))
    expect(raw.map(({ targetNotional }) => targetNotional)).toEqual(notionals.map(decimal))
    expect(raw[0]?.explain).toEqual(['tsmom_trend_up', 'momentum_confirmed', 'volatility_within_budget'])
  })
})
