/** Feature contract v3 where the golden cases leave it open (docs/architecture.md#features). */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import type { Json, Signal } from '../../lib/domain/signal.ts'
import { plusSeconds } from '../../lib/domain/time.ts'
import { normalizeFeatures } from '../../lib/strategy/features.ts'
import { type FeatureVector, NUMERIC_FEATURES } from '../../lib/strategy/plugin.ts'
import { signalWith } from '../support/strategy-fixtures.ts'

function vectorOf(signal: Signal): FeatureVector {
  const result = normalizeFeatures(signal)
  if (result.kind === 'error') throw new Error(result.error)
  return result.features
}

function valuesOf(payload: Readonly<Record<string, Json>>) {
  return vectorOf(signalWith(payload)).values
}

function errorOf(payload: Readonly<Record<string, Json>>): string | null {
  const result = normalizeFeatures(signalWith(payload))
  return result.kind === 'error' ? result.error : null
}

describe('reading', () => {
  it('takes a zero as a value, however it is written', () => {
    for (const zero of [0, '0', '0.0', '-0']) {
      const values = valuesOf({ price: zero, macd: zero, macd_signal: zero, rsi14: zero, ema12: zero })
      expect(values).toMatchObject({ price: 0n, macd: 0n, macd_signal: 0n, rsi14: 0n, ema12: 0n })
    }
  })

  it('does not look for another name behind a zero', () => {
    expect(valuesOf({ rsi14: 0, rsi: 70 }).rsi14).toBe(0n)
    expect(valuesOf({ macd: { macd: 0, signal: 0, hist: 0 }, macd_signal: '9' }).macd_signal).toBe(0n)
    expect(valuesOf({ ema12: 0, ema: { ema12: 5 } }).ema12).toBe(0n)
  })

  it('passes over names that hold nothing', () => {
    expect(valuesOf({ price: null, close: '7' }).price).toBe(decimal('7'))
    expect(valuesOf({ rsi14: null, rsi: 41 }).rsi14).toBe(decimal('41'))
  })

  it('lets the first name that is there decide, also when it cannot be read', () => {
    expect(errorOf({ price: 'n/a', close: '7' })).toBe('missing_required_features:price')
    expect(errorOf({ macd: 'x', rsi14: true })).toBe('missing_required_features:macd|rsi14')
    expect(valuesOf({ ema12: 'NaN' }).ema12).toBeNull()
  })

  it('prefers a trade price to averages, and those to the middle of bid and ask', () => {
    const vwap = { session: '2', w5m: '3' }
    const imbalance = { bid_px: '4', ask_px: '5' }
    expect(valuesOf({ price: '1', vwap, imbalance }).price).toBe(decimal('1'))
    expect(valuesOf({ price: null, last: '1', vwap }).price).toBe(decimal('1'))
    expect(valuesOf({ price: null, vwap, imbalance }).price).toBe(decimal('2'))
    expect(valuesOf({ price: null, vwap: { w5m: '3' }, imbalance }).price).toBe(decimal('3'))
    expect(valuesOf({ price: null, imbalance }).price).toBe(decimal('4.5'))
    expect(valuesOf({ price: null, imbalance_bid_px: '4', imbalance_ask_px: 6 }).price).toBe(decimal('5'))
    expect(errorOf({ price: null, imbalance: { bid_px: '4' } })).toBe('missing_required_features:price')
  })

  it('keeps numbers and texts of any size exact', () => {
    expect(valuesOf({ price: '123456789012345678901.123456785' }).price).toBe(
      decimal('123456789012345678901.12345678'),
    )
    expect(valuesOf({ vol_realized_w60s: 1.5e-7 }).vol_realized_w60s).toBe(15n)
  })

  it('reads the quality flag as text and the regime without case or margins', () => {
    expect(valuesOf({ signal_quality_flag: 'ok', regime_label: ' Trend ' })).toMatchObject({
      signal_quality_flag: 'ok',
      route_regime_label: 'trend',
    })
  })

  it.each([
    ['0.02', 'trend'],
    ['0.01999999', 'range'],
    ['-0.01999999', 'range'],
    ['-0.02', 'mean_revert'],
  ])('a MACD %s from its signal is a %s', (macd, regime) => {
    expect(valuesOf({ macd, macd_signal: '0' }).route_regime_label).toBe(regime)
    expect(valuesOf({ macd, macd_signal: '0', regime_label: '  ' }).route_regime_label).toBe(regime)
  })

  it('measures staleness from event to ingest, never negative', () => {
    const { eventTs } = signalWith()
    const staleness = (seconds: number) =>
      vectorOf(signalWith({}, { ingestTs: plusSeconds(eventTs, seconds) })).values.staleness_ms
    expect(staleness(2.5)).toBe(decimal('2500'))
    expect(staleness(86_400)).toBe(decimal('86400000'))
    expect(staleness(-5)).toBe(0n)
  })

  it.each([3, '3', 'v3', 'V3', '3.0.0', ' v3.1'])('accepts schema %j', (version) => {
    expect(errorOf({ feature_schema_version: version })).toBeNull()
  })

  it.each([
    [4, '4'],
    ['v30', 'v30'],
    ['33.0', '33.0'],
    ['', ''],
    ['latest', 'latest'],
    [true, 'true'],
  ])('refuses schema %j, before it looks at the features', (version, shown) => {
    expect(errorOf({ feature_schema_version: version, price: null })).toBe(
      `incompatible_feature_schema:${shown}`,
    )
  })

  it('gives a deeply frozen vector', () => {
    const vector = vectorOf(signalWith())
    expect([Object.isFrozen(vector), Object.isFrozen(vector.values)]).toEqual([true, true])
  })
})

describe('the hash of the values', () => {
  const numbers = fc.oneof(
    fc.constantFrom('0', '1', '-1', '0.00000001', '90071992.54740993', '12345678901234567890', 'n/a'),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }),
  )
  const payload = fc.record({
    price: fc.constantFrom('1', '90071992.54740993', '-3'),
    ema12: fc.option(numbers),
    boll_mid: fc.option(numbers),
    spread: fc.option(numbers),
    regime_label: fc.option(fc.constantFrom('trend', 'range', 'other', 'Other')),
    signal_quality_flag: fc.option(fc.constantFrom('', 'ok', 'null')),
  })

  it('is equal exactly when the values are', () => {
    const key = ({ values }: FeatureVector) =>
      JSON.stringify(values, (_name, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
    fc.assert(
      fc.property(payload, payload, (left, right) => {
        const [first, second] = [vectorOf(signalWith(left)), vectorOf(signalWith(right))]
        expect(first.hash === second.hash).toBe(key(first) === key(second))
      }),
      { numRuns: 1000 },
    )
  })

  it('is the same whether it is asked for at once or after other signals were read', () => {
    fc.assert(
      fc.property(payload, payload, (left, right) => {
        const atOnce = vectorOf(signalWith(left)).hash
        const late = vectorOf(signalWith(left))
        const other = vectorOf(signalWith(right))
        expect([other.hash, late.hash]).toEqual([vectorOf(signalWith(right)).hash, atOnce])
      }),
      { numRuns: 1000 },
    )
  })

  it('changes with each single value, and an absent value is not a zero', () => {
    const hashes = [vectorOf(signalWith()).hash]
    for (const name of NUMERIC_FEATURES.filter((feature) => feature !== 'staleness_ms')) {
      hashes.push(vectorOf(signalWith({ [name]: '7', regime_label: 'trend' })).hash)
      hashes.push(vectorOf(signalWith({ [name]: 0, regime_label: 'trend' })).hash)
    }
    expect(new Set(hashes).size).toBe(hashes.length)
  })

  it('does not depend on how the payload is laid out, nor on whose signal it is', () => {
    const flat = { macd: '1', macd_signal: '0.5', macd_hist: '0.5', ema12: '3', vwap_session: '2' }
    const nested = { macd: { macd: 1, signal: 0.5, hist: 0.5 }, ema: { ema12: 3 }, vwap: { session: 2 } }
    const elsewhere = { symbol: 'AAPL', seq: 9, source: 'other', timeframe: '5Min' }
    expect(vectorOf(signalWith(nested, elsewhere)).hash).toBe(vectorOf(signalWith(flat)).hash)
  })
})
