/**
 * How many requests a lane sends to its broker, and for how long (docs/architecture.md#request-budget): counted over
 * the invocations of a minute, whoever of them commits.
 */
import { NO_NOTES } from '../../lib/domain/lane.ts'
import { beforeEach, describe, expect, it } from 'vitest'
import { fc } from '../support/properties.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { sentWithinMinute, withSent, type SentRequests } from '../../lib/domain/request-budget.ts'
import { plusSeconds } from '../../lib/domain/time.ts'
import { at } from '../support/order-fixtures.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'

let lane: LaneFixture
beforeEach(() => {
  lane = new LaneFixture(memoryStores)
  lane.settings = { ...lane.settings, TRADING_MAX_ORDERS_PER_CYCLE: '50' }
})

const sent = () => lane.requests

async function note(count: number): Promise<void> {
  const { notes } = (await lane.lane()) ?? { notes: { revision: 0 } }
  const requests = [{ until: lane.clock.now(), count }]
  await lane.stores.lanes.note(LABEL, 'ta', { ...NO_NOTES, revision: notes.revision + 1, requests })
}

describe('a minute’s requests', () => {
  it('are 180 at most, though ticks that waited run back to back', async () => {
    lane.settings = { ...lane.settings, TRADING_SIGNAL_BATCH_SIZE: '40' }
    for (let made = 0; made < 500; made += 1) await lane.signal()
    for (let tick = 0; tick < 4; tick += 1) await lane.deliver('cycle')
    expect(sent()).toBeGreaterThan(100)
    expect(sent()).toBeLessThanOrEqual(140)
    expect(lane.telemetry.total('lane_cycle_failures_total')).toBe(0)
    // and the orders come through in the minutes that follow
    for (let minute = 0; minute < 12; minute += 1) {
      lane.clock.pass(60)
      await lane.tick()
    }
    expect(await lane.lane()).toMatchObject({ cursor: 500 })
  })

  it('are counted too when nothing is committed', async () => {
    await lane.signal()
    await lane.tick()
    await lane.signal()
    lane.faults.add({ on: 'GET /v2/positions', kind: '503', times: 100 })
    for (let tick = 0; tick < 100; tick += 1) await lane.deliver('cycle')
    expect(sent()).toBeLessThanOrEqual(140)
    expect(await lane.lane()).toMatchObject({ version: 1 })
  })

  it('are counted for reconcile, which commits no version', async () => {
    for (let made = 0; made < 50; made += 1) await lane.signal()
    await lane.tick()
    const before = await lane.lane()
    lane.clock.pass(600)
    const earlier = sent()
    for (let run = 0; run < 10; run += 1) await lane.deliver('reconcile')
    expect(sent() - earlier).toBeLessThanOrEqual(140)
    expect(await lane.lane()).toEqual({ ...before, notes: (await lane.lane())?.notes })
  })

  it('suffice for every open order in turn', async () => {
    for (let made = 0; made < 50; made += 1) await lane.signal()
    lane.settings = { ...lane.settings, TRADING_SIGNAL_BATCH_SIZE: '25' }
    while (lane.exchange.submissions.length < 50) {
      await lane.tick()
      lane.clock.pass(60)
    }
    const lookedUp = new Set<string>()
    lane.beforeLookUp = (id) => void lookedUp.add(id)
    for (let pass = 0; pass < 2; pass += 1) {
      lane.clock.pass(300)
      await lane.deliver('reconcile')
    }
    expect(lookedUp.size).toBe(50)
  })

  it('leave the last 40 to cancelling', async () => {
    for (let made = 0; made < 30; made += 1) await lane.signal()
    await lane.tick()
    lane.clock.pass(600)
    await lane.signal()
    await note(140)
    expect(await lane.tick()).toEqual({ kind: 'out_of_requests', cycles: 0 })
    expect(await lane.lane()).toMatchObject({ version: 1 })
    const earlier = sent()
    lane.killSwitch = 'on'
    await lane.tick()
    expect([...lane.exchange.account(LABEL).openOrders]).toEqual([])
    expect(sent() - earlier).toBeLessThanOrEqual(40)
  })

  it('never go over the limit in any minute, however invocations follow each other', () => {
    const runs = fc.array(
      fc.record({ pause: fc.integer({ min: 0, max: 70 }), wish: fc.integer({ min: 0, max: 60 }) }),
    )
    fc.assert(
      fc.property(runs, (invocations) => {
        let counts: readonly SentRequests[] = []
        const all: { readonly at: number; readonly count: number }[] = []
        let now = at(0)
        for (const { pause, wish } of invocations) {
          now = plusSeconds(now, pause)
          const count = Math.min(wish, 180 - sentWithinMinute(counts, now))
          counts = withSent(counts, count, now)
          all.push({ at: now, count })
          const minute = all.filter((one) => one.at > now - 60_000).reduce((sum, one) => sum + one.count, 0)
          expect(minute).toBeLessThanOrEqual(180)
          expect(counts.length).toBeLessThanOrEqual(8)
        }
      }),
    )
  })
})

describe('an invocation’s time', () => {
  /** Each look-up hangs for the client's 8 s, and the broker says nothing. */
  function hangingLookUps(): void {
    lane.remainingMs = 45_000
    lane.beforeLookUp = () => {
      lane.remainingMs -= 8000
      lane.faults.add({ on: 'GET /v2/orders:by_client_order_id', kind: 'timeout_before_accept' })
    }
  }

  async function unsettled(count: number): Promise<void> {
    for (let made = 0; made < count; made += 1) {
      await lane.signal()
      lane.failNextOrder('timeout_before_accept')
    }
    expect(await lane.tick()).toMatchObject({ unsettled: count })
    lane.clock.pass(120)
  }

  it.each(['cycle', 'reconcile'] as const)(
    'is not run through by 10 unsettled orders in a %s',
    async (kind) => {
      await unsettled(10)
      hangingLookUps()
      await lane.signal()
      await lane.deliver(kind)
      expect(lane.remainingMs).toBeGreaterThan(0)
      expect((await lane.executions()).filter(({ state }) => state === 'unknown')).toHaveLength(10)
    },
  )

  it('is not run through by cancelling', async () => {
    for (let made = 0; made < 10; made += 1) await lane.signal()
    await lane.tick()
    lane.clock.pass(120)
    lane.killSwitch = 'on'
    lane.remainingMs = 45_000
    lane.beforeCancel = () => {
      lane.remainingMs -= 8000
    }
    await lane.tick()
    expect(lane.remainingMs).toBeGreaterThan(0)
  })
})
