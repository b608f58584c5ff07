/** Order events in every kind of state: stored once, listed by account and order, gone after their retention. */
import { describe, expect, it } from 'vitest'
import { plusSeconds } from '../../lib/domain/time.ts'
import { RETENTION_DAYS, STATE_BACKENDS, freshState } from '../support/state-backends.ts'
import { ALPHA, BETA, anOrderEvent } from '../support/state-samples.ts'

describe.each(STATE_BACKENDS)('order event store: $name', ({ open }) => {
  const opened = freshState(open)

  it('stores an event once', async () => {
    const { orderEvents } = opened().stores
    const event = anOrderEvent()
    expect(await orderEvents.appendEvent(ALPHA, 'o-1', 'f1', event)).toEqual({ kind: 'stored' })
    expect(await orderEvents.appendEvent(ALPHA, 'o-1', 'f1', event)).toEqual({ kind: 'duplicate' })
    expect(await orderEvents.listEvents(ALPHA, 'o-1')).toEqual([event])
  })

  it('lists the events of one order of one account, by fingerprint', async () => {
    const { orderEvents } = opened().stores
    const event = (feedSeq: number) => anOrderEvent({ feedSeq, symbol: null, quantity: null })
    await orderEvents.appendEvent(ALPHA, 'o-1', 'f2', event(2))
    await orderEvents.appendEvent(ALPHA, 'o-1', 'f1', event(1))
    await orderEvents.appendEvent(ALPHA, 'o-1#f', 'f3', event(3))
    await orderEvents.appendEvent(ALPHA, 'o-2', 'f4', event(4))
    await orderEvents.appendEvent(BETA, 'o-1', 'f5', { ...event(5), accountLabel: BETA })
    expect(await orderEvents.listEvents(ALPHA, 'o-1')).toEqual([event(1), event(2)])
    expect(await orderEvents.listEvents(ALPHA, 'o-1#f')).toEqual([event(3)])
    expect(await orderEvents.listEvents(ALPHA, 'o')).toEqual([])
  })

  it('forgets events past their retention', async () => {
    const { stores, clock } = opened()
    await stores.orderEvents.appendEvent(ALPHA, 'o-1', 'f1', anOrderEvent())
    clock.set(plusSeconds(clock.now(), RETENTION_DAYS * 86_400 - 1))
    expect(await stores.orderEvents.listEvents(ALPHA, 'o-1')).toHaveLength(1)
    clock.set(plusSeconds(clock.now(), 1))
    expect(await stores.orderEvents.listEvents(ALPHA, 'o-1')).toEqual([])
  })
})
