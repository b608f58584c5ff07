/** The broker's instants to the nanosecond, and that the order of its reports is told by them. */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { epochNsOf, formatEpochNs, parseEpochNs } from '../../lib/domain/nano-time.ts'
import { instant } from '../../lib/domain/time.ts'
import { changed } from '../../lib/orders/execution/moves.ts'
import { withBrokerOrder, withOrderEvents } from '../../lib/orders/execution/broker-reports.ts'
import { aBrokerOrder, aTradeUpdate, at } from '../support/order-fixtures.ts'
import { anExecution } from '../support/state-samples.ts'

describe('an instant in nanoseconds', () => {
  it.each([
    // as in the broker's own example of a trade update
    ['2021-03-16T18:38:01.942282758Z', 1_615_919_881_942_282_758n],
    ['2021-03-16T18:38:01.942282Z', 1_615_919_881_942_282_000n],
    ['2021-03-16T18:38:01.942Z', 1_615_919_881_942_000_000n],
    ['2021-03-16T18:38:01Z', 1_615_919_881_000_000_000n],
    ['1969-12-31T23:59:59.999999999Z', -1n],
  ])('%s is %d', (text, nanoseconds) => {
    expect(parseEpochNs(text)).toBe(nanoseconds)
    expect(formatEpochNs(nanoseconds as NonNullable<ReturnType<typeof parseEpochNs>>)).toBe(text)
  })

  it('is read in any zone and with fewer digits', () => {
    expect(parseEpochNs('2021-03-16T14:38:01.1-04:00')).toBe(1_615_919_881_100_000_000n)
    expect(parseEpochNs('2021-02-30T00:00:00Z')).toBeNull()
    expect(parseEpochNs('2021-03-16T18:38:01.9422827581Z')).toBeNull()
  })

  it('is written so that it is read again, and as ours where it is a whole millisecond', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n), max: 4n * 10n ** 18n }), (nanoseconds) => {
        const text = formatEpochNs(nanoseconds as NonNullable<ReturnType<typeof parseEpochNs>>)
        expect(parseEpochNs(text)).toBe(nanoseconds)
      }),
    )
    expect(formatEpochNs(epochNsOf(instant('2021-03-16T18:38:01.940Z')))).toBe('2021-03-16T18:38:01.940Z')
  })
})

describe('reports within one millisecond', () => {
  const behind = (nanoseconds: bigint) => (epochNsOf(at(5)) + nanoseconds) as ReturnType<typeof epochNsOf>
  const fill = aTradeUpdate({
    eventType: 'fill',
    status: 'filled',
    filled: '10',
    price: '101',
    eventTs: behind(1n),
  })
  const bust = aTradeUpdate({
    eventType: 'trade_bust',
    status: 'filled',
    filled: '6',
    price: '101',
    eventTs: behind(2n),
  })
  const end = (status: string, nanoseconds: bigint) =>
    aTradeUpdate({ eventType: status, status, filled: '4', price: '101', eventTs: behind(nanoseconds) })
  const after = (...updates: ReturnType<typeof aTradeUpdate>[]) =>
    changed(anExecution(), withOrderEvents(updates), at(9))

  it('a bust takes back the fill that came a nanosecond before it, not the one behind it', () => {
    for (const updates of [
      [fill, bust],
      [bust, fill],
    ])
      expect(after(...updates).filledQuantity).toBe(600_000_000n)
    const later = { ...fill, eventTs: behind(3n) }
    for (const updates of [
      [later, bust],
      [bust, later],
    ])
      expect(after(...updates).filledQuantity).toBe(1_000_000_000n)
  })

  it('of two ends the one that came first at the broker holds', () => {
    for (const [canceled, expired, state] of [
      [1n, 2n, 'canceled'],
      [2n, 1n, 'expired'],
    ] as const) {
      expect(after(end('canceled', canceled), end('expired', expired)).state).toBe(state)
      expect(after(end('expired', expired), end('canceled', canceled)).state).toBe(state)
    }
  })

  it('also where one of them is the order as a look-up shows it', () => {
    const looked = aBrokerOrder({ status: 'filled', filled: '10', price: '101', updatedAt: behind(3n) })
    expect(changed(after(bust), withBrokerOrder(looked), at(9)).filledQuantity).toBe(1_000_000_000n)
    const before = { ...looked, updatedAt: behind(1n) }
    expect(changed(after(bust), withBrokerOrder(before), at(9)).filledQuantity).toBe(600_000_000n)
  })
})
