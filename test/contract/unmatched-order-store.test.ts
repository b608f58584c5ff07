/** Orders that no execution stands for, in every kind of state: parked once, judged once, listed until then. */
import { describe, expect, it } from 'vitest'
import { STATE_BACKENDS, freshState } from '../support/state-backends.ts'
import { ALPHA, BETA, anUnmatchedOrder } from '../support/state-samples.ts'

describe.each(STATE_BACKENDS)('unmatched order store: $name', ({ open }) => {
  const state = freshState(open)
  const unmatched = () => state().stores.unmatchedOrders
  const external = { state: 'external', reason: 'not_ours' } as const

  it('parks an order once, each account its own, and lists them by their keys', async () => {
    const orders = ['o-2', 'o-1'].map((orderKey) => anUnmatchedOrder({ orderKey }))
    for (const order of [...orders, ...orders]) await unmatched().park(order)
    await unmatched().park({ ...anUnmatchedOrder(), alpacaOrderId: null })
    await unmatched().park(anUnmatchedOrder({ accountLabel: BETA, orderKey: 'o-3' }))
    expect(await unmatched().listParked(ALPHA)).toEqual(orders.toReversed())
    expect(await unmatched().readUnmatched(ALPHA, 'o-1')).toEqual(orders[1])
    expect(await unmatched().readUnmatched(BETA, 'o-1')).toBeNull()
  })

  it('judges an order once, parked or not, and parks it no more', async () => {
    await unmatched().park(anUnmatchedOrder())
    expect(await unmatched().judge(anUnmatchedOrder(external))).toBe(true)
    expect(await unmatched().judge(anUnmatchedOrder({ state: 'adopted' }))).toBe(false)
    await unmatched().park(anUnmatchedOrder())
    expect(await unmatched().readUnmatched(ALPHA, 'o-1')).toEqual(anUnmatchedOrder(external))
    expect(await unmatched().listParked(ALPHA)).toEqual([])
    expect(await unmatched().judge(anUnmatchedOrder({ ...external, orderKey: 'client:tg-1' }))).toBe(true)
  })

  it('is no open execution of the account', async () => {
    await unmatched().park(anUnmatchedOrder())
    expect(await state().stores.executions.listOpen(ALPHA)).toEqual([])
  })
})
