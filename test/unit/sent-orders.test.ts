/** Orders by when they were sent: those after a moment, as looking at all of them tells, also where the clock went back. */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import type { ExchangeOrder } from '../../lib/exchange/order.ts'
import { SentOrders } from '../../lib/exchange/sent-orders.ts'
import { asEpochMs } from '../../lib/domain/time.ts'

function sentAt(times: readonly number[]): {
  readonly all: readonly ExchangeOrder[]
  readonly sent: SentOrders
} {
  const all = times.map(
    (time, index) => ({ id: String(index), submittedAt: asEpochMs(time) }) as ExchangeOrder,
  )
  const sent = new SentOrders()
  for (const order of all) sent.add(order)
  return { all, sent }
}

describe('sent orders', () => {
  it('are those sent after the moment, none of the moment itself, oldest first', () => {
    const { sent } = sentAt([10, 20, 20, 30])
    expect(sent.after(asEpochMs(10)).map(({ id }) => id)).toEqual(['1', '2', '3'])
    expect(sent.after(asEpochMs(20)).map(({ id }) => id)).toEqual(['3'])
    expect(sent.after(asEpochMs(30))).toEqual([])
    expect(new SentOrders().after(asEpochMs(0))).toEqual([])
  })

  it('are found behind one that was sent by a clock that had gone back', () => {
    const { sent } = sentAt([10, 50, 20])
    expect(sent.after(asEpochMs(30)).map(({ id }) => id)).toEqual(['1'])
  })

  it('are those that looking at all of them finds', () => {
    const moment = fc.integer({ min: 0, max: 12 })
    fc.assert(
      fc.property(fc.array(moment), moment, (times, after) => {
        const { all, sent } = sentAt(times)
        expect(sent.after(asEpochMs(after))).toEqual(all.filter(({ submittedAt }) => submittedAt > after))
      }),
    )
  })
})
