/** Reconciling an account with its broker: what is looked up, what a miss proves, and how much may be asked. */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'
import type { Execution } from '../../lib/domain/execution.ts'
import { asAlpacaOrderId, asClientOrderId } from '../../lib/domain/ids.ts'
import { fingerprint } from '../../lib/orders/order-feed/stored-updates.ts'
import { aBrokerOrder, at, aTradeUpdate, ORDER_ID } from '../support/order-fixtures.ts'
import { ReconciledAccount } from '../support/reconciled-account.ts'
import { anExecution } from '../support/state-samples.ts'

const account = anExecution().accountLabel

function numbered(index: number, overrides: Partial<Execution> = {}): Execution {
  return anExecution({ clientOrderId: asClientOrderId(`tg-${index}`), state: 'accepted', ...overrides })
}

const OPEN = anExecution({ state: 'accepted', alpacaOrderId: ORDER_ID })
const FILLED = aBrokerOrder({ status: 'filled', filled: '10', price: '101.5', updatedAt: at(5) })

describe('reconcile', () => {
  it('brings an open execution up to date and leaves it alone from then on', async () => {
    const paper = new ReconciledAccount()
    await paper.holds(OPEN)
    paper.orders.set(OPEN.clientOrderId, FILLED)
    expect(await paper.reconcile()).toMatchObject({ visited: 1, updated: 1, deferred: 0, unavailable: null })
    expect(await paper.execution()).toMatchObject({ state: 'filled', filledQuantity: decimal('10') })
    expect(paper.telemetry.totals()).toEqual(new Map([['reconcile_updates_total', 1]]))
    expect(await paper.reconcile()).toMatchObject({ visited: 0, updated: 0 })
    expect(paper.lookedUp).toHaveLength(1)
  })

  it.each(['accepted', 'unknown'] as const)(
    'counts a rejection that it learns of, once: from %s',
    async (state) => {
      const paper = new ReconciledAccount()
      await paper.holds(anExecution({ state }))
      paper.orders.set(OPEN.clientOrderId, aBrokerOrder({ status: 'rejected', updatedAt: at(5) }))
      await paper.reconcile()
      await paper.reconcile()
      expect(await paper.execution()).toMatchObject({ state: 'rejected' })
      expect(paper.telemetry.total('orders_rejected_total')).toBe(1)
    },
  )

  it('settles unsettled executions and knows their order by the broker’s id afterwards', async () => {
    const paper = new ReconciledAccount()
    await paper.holds(anExecution({ state: 'unknown' }))
    paper.orders.set(OPEN.clientOrderId, aBrokerOrder({}))
    expect(await paper.reconcile()).toMatchObject({ visited: 1, updated: 1 })
    expect(await paper.execution()).toMatchObject({ state: 'accepted', alpacaOrderId: ORDER_ID })
    expect(await paper.executions.readPointer(account, ORDER_ID)).toBe(OPEN.clientOrderId)
  })

  it('applies updates that were stored before anybody knew whose they are', async () => {
    const paper = new ReconciledAccount()
    await paper.holds(anExecution({ state: 'unknown' }))
    paper.orders.set(OPEN.clientOrderId, FILLED)
    const bust = aTradeUpdate({ clientOrderId: null, eventType: 'trade_bust', eventTs: at(9), filled: '6' })
    await paper.events.appendEvent(account, ORDER_ID, fingerprint(bust), bust)
    await paper.reconcile()
    expect(await paper.execution()).toMatchObject({ state: 'filled', filledQuantity: decimal('6') })
  })

  it('applies updates that came while the order was being sent, though a look-up does not tell of them', async () => {
    const paper = new ReconciledAccount()
    await paper.holds(OPEN)
    paper.orders.set(OPEN.clientOrderId, aBrokerOrder({ status: 'new' }))
    const fill = aTradeUpdate({
      clientOrderId: null,
      eventType: 'partial_fill',
      status: 'partially_filled',
      eventTs: at(9),
      filled: '4',
    })
    await paper.events.appendEvent(account, ORDER_ID, fingerprint(fill), fill)
    await paper.reconcile()
    expect(await paper.execution()).toMatchObject({
      state: 'partially_filled',
      filledQuantity: decimal('4'),
    })
  })

  it('reports an order that is not the execution’s and changes nothing', async () => {
    const paper = new ReconciledAccount()
    await paper.holds(OPEN)
    paper.orders.set(OPEN.clientOrderId, { ...FILLED, side: 'sell' })
    const { mismatches, updated } = await paper.reconcile()
    expect(mismatches).toEqual([
      { clientOrderId: OPEN.clientOrderId, detail: expect.stringContaining('side') as string },
    ])
    expect(updated).toBe(0)
    expect(await paper.execution()).toEqual(OPEN)
  })

  it('takes a look-up that finds nothing as no evidence against an order the broker had', async () => {
    const paper = new ReconciledAccount()
    await paper.holds(OPEN)
    expect((await paper.reconcile()).notFound).toEqual([OPEN.clientOrderId])
    expect(await paper.execution()).toEqual(OPEN)
  })

  it('stops asking when the broker is away', async () => {
    const paper = new ReconciledAccount()
    await paper.holds(numbered(1), numbered(2), numbered(3))
    paper.outage = 'timeout'
    expect(await paper.reconcile()).toMatchObject({ visited: 0, deferred: 3, unavailable: 'timeout' })
    expect(paper.lookedUp).toHaveLength(1)
  })
})

describe('reconcile and an absent execution', () => {
  const absent = anExecution({ state: 'absent', misses: { count: 2, lastAt: at(100) }, updatedAt: at(100) })

  it('waits before it looks the order up once more, and does so once', async () => {
    const paper = new ReconciledAccount()
    await paper.holds(absent)
    paper.clock.set(at(200))
    await paper.reconcile()
    expect(paper.lookedUp).toHaveLength(0)
    paper.clock.set(at(1000))
    await paper.reconcile()
    await paper.reconcile()
    expect(paper.lookedUp).toHaveLength(1)
    expect(await paper.execution()).toMatchObject({ state: 'absent', recheckedAt: at(1000) })
  })

  it('reopens it when its order shows up', async () => {
    const paper = new ReconciledAccount()
    await paper.holds(absent)
    paper.clock.set(at(1000))
    paper.orders.set(absent.clientOrderId, FILLED)
    expect((await paper.reconcile()).reopened).toEqual([absent.clientOrderId])
    expect(await paper.execution()).toMatchObject({ state: 'filled', recheckedAt: null })
  })

  it('does not count an outage as the second look', async () => {
    const paper = new ReconciledAccount()
    await paper.holds(absent)
    paper.clock.set(at(1000))
    paper.outage = '503'
    await paper.reconcile()
    expect(await paper.execution()).toEqual(absent)
  })
})

describe('reconcile within its allowance', () => {
  it('never asks more of the broker, and deals with the unsettled first', async () => {
    const paper = new ReconciledAccount()
    const unsettled = numbered(9, { state: 'unknown' })
    await paper.holds(...[1, 2, 3, 4, 5].map((index) => numbered(index)), unsettled)
    expect(await paper.reconcile(5)).toMatchObject({ visited: 5, deferred: 1 })
    expect(paper.lookedUp[0]).toBe(unsettled.clientOrderId)
    expect(paper.lookedUp).toHaveLength(5)
    // settling may take three
    expect(await paper.reconcile(2)).toMatchObject({ visited: 0, deferred: 6 })
    expect(paper.lookedUp).toHaveLength(5)
  })

  it('gets through all open executions within few passes', async () => {
    const paper = new ReconciledAccount()
    const open = Array.from({ length: 30 }, (_, index) => numbered(index))
    await paper.holds(...open)
    for (const { clientOrderId } of open) {
      const alpacaOrderId = asAlpacaOrderId(`order-${clientOrderId}`)
      paper.orders.set(clientOrderId, aBrokerOrder({ clientOrderId, alpacaOrderId }))
    }
    for (let pass = 0; pass < 6; pass += 1) {
      paper.clock.set(at(60 * pass))
      await paper.reconcile(7)
    }
    expect(new Set(paper.lookedUp).size).toBe(30)
  })

  it('looks at every one of any number of open executions within the passes that they take', async () => {
    const counts = fc.record({
      open: fc.integer({ min: 1, max: 200 }),
      most: fc.integer({ min: 1, max: 60 }),
      everyMinutes: fc.integer({ min: 1, max: 60 }),
    })
    const property = fc.asyncProperty(counts, async ({ open, most, everyMinutes }) => {
      const paper = new ReconciledAccount()
      await paper.holds(...Array.from({ length: open }, (_, index) => numbered(index)))
      for (let pass = 0; pass < Math.ceil(open / most); pass += 1) {
        paper.clock.set(at(60 * everyMinutes * pass))
        await paper.reconcile(most)
      }
      expect(new Set(paper.lookedUp).size).toBe(open)
    })
    // at these, with 40 requests every five minutes, 10, 60 and 160 were never looked at
    const examples = [50, 100, 200].map((open) => ({ open, most: 40, everyMinutes: 5 }))
    await fc.assert(property, { numRuns: 60, examples: examples.map((example) => [example] as const) })
  })

  it('gets past one that cannot be asked about', async () => {
    const paper = new ReconciledAccount()
    await paper.holds(...[1, 2, 3, 4, 5].map((index) => numbered(index)))
    paper.outage = 'timeout'
    for (let pass = 0; pass < 5; pass += 1) await paper.reconcile(2)
    expect(new Set(paper.lookedUp).size).toBe(5)
  })

  it('counts state that cannot be reached as a broker that cannot', async () => {
    const paper = new ReconciledAccount()
    await paper.holds(OPEN)
    paper.orders.set(OPEN.clientOrderId, FILLED)
    paper.executions.putPointer = async () => {
      throw new UnavailableError('the table is throttled')
    }
    expect(await paper.reconcile()).toMatchObject({ deferred: 1, unavailable: 'the table is throttled' })
    expect(await paper.execution()).toEqual(OPEN)
  })
})
