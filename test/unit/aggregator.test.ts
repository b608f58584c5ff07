/** Aggregation (docs/architecture.md#aggregation): rank, net, tie, exact mean; and that order changes nothing. */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { type Decimal, asDecimal, decimal } from '../../lib/domain/decimal.ts'
import type { Direction, RawIntent } from '../../lib/domain/intent.ts'
import { aggregateIntents } from '../../lib/strategy/aggregator.ts'

function intent(
  strategyId: string,
  direction: Direction,
  confidence: Decimal | string,
  notional: Decimal | string,
  changes: Partial<RawIntent> = {},
): RawIntent {
  return {
    strategyId,
    direction,
    confidence: decimal(confidence),
    targetNotional: decimal(notional),
    symbol: 'SPY',
    horizon: '1Min',
    explain: [`${strategyId}_${direction}`],
    pluginId: 'p',
    pluginVersion: '1.0.0',
    featureSnapshotHash: 'h',
    ...changes,
  }
}

const CLOSES = { closes: true } as const
const limit = (price: string) => ({ limitPrice: decimal(price) })

describe('hand-worked', () => {
  it('nothing in, nothing out', () => {
    expect(aggregateIntents([])).toEqual({ intents: [], conflicts: 0 })
  })

  it('agreeing strategies: mean of confidence, sum of notional, reasons of the best', () => {
    const { intents, conflicts } = aggregateIntents([
      intent('a', 'buy', '0.5', '100'),
      intent('b', 'buy', '0.8', '50.00005'),
      intent('c', 'buy', '0.7', '0.5'),
    ])
    expect(conflicts).toBe(0)
    expect(intents).toEqual([
      {
        symbol: 'SPY',
        horizon: '1Min',
        direction: 'buy',
        confidence: decimal('0.6667'),
        // 150.50005 is half way between 150.5000 and 150.5001: to the even one
        targetNotional: decimal('150.5'),
        explain: ['b_buy'],
        sourceStrategyIds: ['b', 'c', 'a'],
        featureSnapshotHashes: ['h'],
      },
    ])
  })

  it('rounds the exact mean once: 0.33335 goes to the even 0.3334, 0.33345 as well', () => {
    const mean = (...confidences: string[]) =>
      aggregateIntents(confidences.map((confidence, index) => intent(`s${index}`, 'buy', confidence, '1')))
        .intents[0]?.confidence
    expect(mean('0.3333', '0.3334')).toBe(decimal('0.3334'))
    expect(mean('0.3334', '0.3335')).toBe(decimal('0.3334'))
    // the mean is 0.33345000333...: rounding to 8 digits first would not change it, to 5 digits would
    expect(mean('0.33345', '0.33345', '0.33345001')).toBe(decimal('0.3335'))
  })

  it('a conflict goes to the side with the larger confidence x notional, not to the best-ranked', () => {
    const { intents, conflicts } = aggregateIntents([
      intent('loud', 'buy', '0.9', '100'),
      intent('large', 'sell', '0.5', '1000', { explain: ['first', 'second'] }),
    ])
    expect(conflicts).toBe(1)
    expect(intents).toMatchObject([
      {
        direction: 'sell',
        confidence: decimal('0.5'),
        targetNotional: decimal('1000'),
        explain: ['first', 'second', 'intent_conflict_resolved'],
        sourceStrategyIds: ['large'],
      },
    ])
  })

  it('a tie goes to the best-ranked: by confidence, then notional, then id', () => {
    const winner = (...raw: RawIntent[]) => aggregateIntents(raw).intents[0]?.sourceStrategyIds
    expect(winner(intent('a', 'buy', '0.4', '200'), intent('b', 'sell', '0.8', '100'))).toEqual(['b'])
    expect(winner(intent('b', 'buy', '0.5', '100'), intent('a', 'sell', '0.5', '100'))).toEqual(['a'])
    expect(winner(intent('a', 'buy', '0', '1'), intent('b', 'sell', '0', '2'))).toEqual(['b'])
  })

  it('ranks notionals that differ beyond a double’s precision', () => {
    const near = asDecimal(2n ** 60n + 1n)
    const { intents } = aggregateIntents([
      intent('a', 'buy', '0.5', asDecimal(2n ** 60n)),
      intent('b', 'buy', '0.5', near),
    ])
    expect(intents[0]?.sourceStrategyIds).toEqual(['b', 'a'])
  })

  it.each<[string, RawIntent[], string | null, boolean]>([
    [
      'the best-ranked intent’s',
      [intent('a', 'buy', '0.9', '1', limit('50')), intent('b', 'buy', '0.8', '1', limit('40'))],
      '50',
      false,
    ],
    [
      'none, if the best-ranked one names none',
      [intent('a', 'buy', '0.9', '1'), intent('b', 'buy', '0.8', '1', limit('40'))],
      null,
      false,
    ],
    [
      'the winning side’s',
      [intent('a', 'buy', '0.9', '1', limit('50')), intent('b', 'sell', '0.8', '9', limit('60'))],
      '60',
      false,
    ],
    [
      'none of one that does not close beside one that does',
      [intent('a', 'sell', '0.9', '1', limit('50')), intent('b', 'sell', '0.8', '1', CLOSES)],
      null,
      true,
    ],
    [
      'none where one that closes names none',
      [
        intent('a', 'sell', '0.9', '1', { ...CLOSES, ...limit('50') }),
        intent('b', 'sell', '0.8', '1', CLOSES),
      ],
      null,
      true,
    ],
    [
      'the best-ranked closing one’s',
      [
        intent('a', 'sell', '0.9', '1', limit('70')),
        intent('b', 'sell', '0.8', '1', { ...CLOSES, ...limit('50') }),
        intent('c', 'sell', '0.7', '1', { ...CLOSES, ...limit('60') }),
      ],
      '50',
      true,
    ],
  ])('a limit is %s', (_what, raw, expected, closes) => {
    const [answer] = aggregateIntents(raw).intents
    expect(answer?.limitPrice ?? null).toBe(expected === null ? null : decimal(expected))
    expect(answer?.closes ?? false).toBe(closes)
  })

  it('keeps symbols and horizons apart, sorted', () => {
    const { intents, conflicts } = aggregateIntents([
      intent('a', 'buy', '0.5', '1', { symbol: 'SPY', horizon: '5Min' }),
      intent('b', 'sell', '0.5', '1', { symbol: 'AAPL' }),
      intent('c', 'sell', '0.5', '1', { symbol: 'SPY', horizon: '1Min' }),
    ])
    expect(intents.map(({ symbol, horizon }) => `${symbol} ${horizon}`)).toEqual([
      'AAPL 1Min',
      'SPY 1Min',
      'SPY 5Min',
    ])
    expect(conflicts).toBe(0)
  })
})

const anyIntent = fc
  .record({
    id: fc.integer({ min: 0, max: 6 }),
    direction: fc.constantFrom<Direction>('buy', 'sell'),
    confidence: fc.constantFrom('0', '0.33333333', '0.5', '0.50000001', '1'),
    notional: fc.constantFrom('0.00000001', '100', '100.00005', '92233720368547758.07'),
    symbol: fc.constantFrom('SPY', 'AAPL'),
    horizon: fc.constantFrom('1Min', '5Min'),
    hash: fc.constantFrom('h1', 'h2'),
    reason: fc.constantFrom('x', 'y'),
  })
  .map(({ id, direction, confidence, notional, symbol, horizon, hash, reason }) =>
    intent(`s${id}`, direction, confidence, notional, {
      symbol,
      horizon,
      featureSnapshotHash: hash,
      explain: [reason],
    }),
  )

const intentsAndShuffle = fc
  .array(anyIntent, { maxLength: 12 })
  .chain((raw) => fc.tuple(fc.constant(raw), fc.shuffledSubarray(raw, { minLength: raw.length })))

describe('properties', () => {
  it('the order of the intents changes nothing', () => {
    fc.assert(
      fc.property(intentsAndShuffle, ([raw, shuffled]) => {
        expect(aggregateIntents(shuffled)).toEqual(aggregateIntents(raw))
      }),
      { numRuns: 500 },
    )
  })

  it('one answer per symbol and horizon, from the heavier side, and a conflict where both sides are', () => {
    fc.assert(
      fc.property(fc.array(anyIntent, { maxLength: 12 }), (raw) => {
        const { intents, conflicts } = aggregateIntents(raw)
        const groups = new Map<string, RawIntent[]>()
        for (const wanted of raw) {
          const key = `${wanted.symbol} ${wanted.horizon}`
          groups.set(key, [...(groups.get(key) ?? []), wanted])
        }
        expect(intents.map(({ symbol, horizon }) => `${symbol} ${horizon}`)).toEqual(
          [...groups.keys()].toSorted((left, right) => (left < right ? -1 : 1)),
        )
        let expectedConflicts = 0
        for (const { symbol, horizon, direction, sourceStrategyIds } of intents) {
          const group = groups.get(`${symbol} ${horizon}`) ?? []
          const weight = (side: Direction) =>
            group
              .filter((wanted) => wanted.direction === side)
              .reduce((sum, { confidence, targetNotional }) => sum + confidence * targetNotional, 0n)
          const other = direction === 'buy' ? 'sell' : 'buy'
          expect(weight(direction) >= weight(other)).toBe(true)
          const side = group.filter((wanted) => wanted.direction === direction)
          expect(new Set(sourceStrategyIds)).toEqual(new Set(side.map(({ strategyId }) => strategyId)))
          if (side.length < group.length) expectedConflicts += 1
        }
        expect(conflicts).toBe(expectedConflicts)
      }),
      { numRuns: 500 },
    )
  })
})
