/**
 * Identities, against hashes worked out outside the code (sha256 over each field preceded by its length): another
 * value anywhere would make old orders unknown and send them again.
 */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { clientOrderId, decisionId, encodeFields, isOurs, signalId } from '../../lib/domain/ids.ts'
import { instant } from '../../lib/domain/time.ts'

const SIGNAL = {
  source: 'ta',
  symbol: 'AAPL',
  timeframe: '1Min',
  eventTs: instant('2026-02-10T15:00:00Z'),
  seq: 7,
}
const SIGNAL_ID = '57b6f8271316b7b0527125ffc9e84d7a530a6feb84d066f545394362e40fd7e4'
const DECISION_ID = 'e5d30f2f75ac07a9ec0f5f293fe7b95d5f034f21f7c9ad1ec28e6612699a026d'
const alpha = accountLabel('alpha')
const decided = (changes: { account?: string; horizon?: string; origin?: string } = {}) => {
  const { account = 'alpha', horizon = '1Min', origin = 'aggregated' } = changes
  return decisionId(accountLabel(account), signalId(SIGNAL), horizon, origin)
}

describe('a signal', () => {
  it('has the identity of its source, symbol, timeframe, time and number', () => {
    expect(signalId(SIGNAL)).toBe(SIGNAL_ID)
    const text = '6:signal2:ta4:AAPL4:1Min13:17707356000001:7'
    expect(createHash('sha256').update(text).digest('hex')).toBe(SIGNAL_ID)
    const others = [
      { source: 'tb' },
      { symbol: 'MSFT' },
      { timeframe: '5Min' },
      { eventTs: instant('2026-02-10T15:01:00Z') },
      { seq: 8 },
    ]
    const ids = new Set(others.map((other) => signalId({ ...SIGNAL, ...other })))
    expect(ids.size).toBe(others.length)
    expect(ids).not.toContain(SIGNAL_ID)
  })
})

describe('a decision', () => {
  it('has the identity of its account, signal, horizon and origin', () => {
    expect(decided()).toBe(DECISION_ID)
    const others = [{ account: 'beta' }, { horizon: '5Min' }, { origin: 'trend' }]
    const ids = new Set(others.map((other) => decided(other)))
    expect(ids.size).toBe(others.length)
    expect(ids).not.toContain(DECISION_ID)
    const ofAnother = decisionId(alpha, signalId({ ...SIGNAL, seq: 8 }), '1Min', 'aggregated')
    expect(ofAnother).not.toBe(DECISION_ID)
  })
})

describe('a client order id', () => {
  it('follows from the decision alone, is known as ours, and is no longer than the broker takes', () => {
    const id = clientOrderId(decided())
    expect(id).toBe(`tg-${DECISION_ID.slice(0, 40)}`)
    expect(id.length).toBeLessThanOrEqual(48)
    expect(isOurs(id)).toBe(true)
  })
})

describe('fields', () => {
  it('never encode alike when they differ', () => {
    expect(encodeFields('ab', 'c')).toBe('2:ab1:c')
    expect(encodeFields('a', 'bc')).not.toBe(encodeFields('ab', 'c'))
    expect(encodeFields('a', '')).not.toBe(encodeFields('a'))
  })
})
