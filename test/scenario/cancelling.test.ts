/** Cancelling while the kill switch is on (docs/architecture.md#order-firewall): what it needs, and what comes of it. */
import { NO_NOTES } from '../../lib/domain/lane.ts'
import { beforeEach, describe, expect, it } from 'vitest'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { readLaneStatus } from '../../lib/operations/lane-status.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'

let lane: LaneFixture

beforeEach(() => {
  lane = new LaneFixture(memoryStores)
})

async function openOrders(count: number): Promise<void> {
  lane.settings = { ...lane.settings, TRADING_MAX_ORDERS_PER_CYCLE: '50', TRADING_SIGNAL_BATCH_SIZE: '20' }
  for (let made = 0; made < count; made += 1) await lane.signal()
  while (lane.exchange.submissions.length < count) {
    await lane.tick()
    lane.clock.pass(60)
  }
  lane.clock.pass(300)
}

const open = () => [...lane.exchange.account(LABEL).openOrders].map(({ clientOrderId }) => clientOrderId)
const foreign = () =>
  lane.exchange.placeOrder(LABEL, {
    symbol: 'AAPL',
    qty: '1',
    side: 'buy',
    type: 'market',
    time_in_force: 'day',
    client_order_id: 'theirs',
  })

describe('the kill switch', () => {
  it.each(['cycle', 'reconcile'] as const)(
    'cancels in a %s when account and positions cannot be read',
    async (kind) => {
      await openOrders(2)
      lane.killSwitch = 'on'
      for (const on of ['GET /v2/account', 'GET /v2/positions'] as const) {
        lane.faults.add({ on, kind: '503', times: 100 })
      }
      await lane.deliver(kind)
      expect(open()).toEqual([])
    },
  )

  it.each(['cycle', 'reconcile'] as const)(
    'shows a cancelled order as cancelled after a %s',
    async (kind) => {
      await openOrders(3)
      const statusOf = () => readLaneStatus(lane.stores, LABEL, 'ta', lane.clock.now())
      expect((await statusOf()).open).toHaveLength(3)
      lane.killSwitch = 'on'
      await lane.deliver(kind)
      expect((await statusOf()).open).toEqual([])
      expect((await lane.executions()).map(({ state }) => state)).toEqual([
        'canceled',
        'canceled',
        'canceled',
      ])
    },
  )

  it('begins no cancelling that the invocation has no time for, and goes on with the next tick', async () => {
    await openOrders(20)
    lane.killSwitch = 'on'
    // each takes as long as a request may
    lane.beforeCancel = () => {
      lane.remainingMs -= 8000
    }
    const left: number[] = []
    for (let tick = 0; tick < 3; tick += 1) {
      lane.remainingMs = 45_000
      await lane.tick()
      left.push(lane.remainingMs)
      lane.clock.pass(60)
    }
    expect(Math.min(...left)).toBeGreaterThanOrEqual(2000)
    expect(open().length).toBeLessThan(10)
  })

  it('cancels 50 open orders within one tick and the rest in the next', async () => {
    await openOrders(70)
    foreign()
    lane.killSwitch = 'on'
    await lane.tick()
    expect(open().length).toBeLessThanOrEqual(21)
    lane.clock.pass(60)
    await lane.tick()
    expect(open()).toEqual(['theirs'])
    expect(lane.telemetry.total('orders_cancelled_total')).toBe(70)
  })

  it('cancels everybody’s by one request, whatever else cannot be read', async () => {
    await openOrders(3)
    foreign()
    lane.killSwitch = 'on'
    lane.settings = { ...lane.settings, TRADING_KILL_SWITCH_CANCEL: 'all' }
    lane.faults.add({ on: 'DELETE /v2/orders/{id}', kind: '503', times: 100 })
    lane.faults.add({ on: 'GET /v2/orders', kind: '503', times: 100 })
    await lane.tick()
    expect(open()).toEqual([])
    expect(lane.telemetry.total('orders_cancelled_total')).toBe(4)
  })

  it('cancels what a tick without requests left to the next', async () => {
    await openOrders(2)
    lane.killSwitch = 'on'
    const stored = await lane.lane()
    const full = { ...NO_NOTES, revision: 1, requests: [{ until: lane.clock.now(), count: 180 }] }
    await lane.stores.lanes.note(LABEL, stored?.source ?? '', full)
    await lane.tick()
    expect(open()).toHaveLength(2)
    lane.clock.pass(60)
    await lane.tick()
    expect(open()).toEqual([])
  })
})
