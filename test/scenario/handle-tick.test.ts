/**
 * A message of the lane queue, from its text to its outcome (docs/architecture.md#lane): what the function, the
 * laptop and the fixtures run alike.
 */
import { beforeEach, describe, expect, it } from 'vitest'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { LaneFixture } from '../support/lane-fixture.ts'

let lane: LaneFixture

beforeEach(async () => {
  lane = new LaneFixture((clock) => memoryStores(clock))
  await lane.signal()
})

describe('a tick', () => {
  it('is dropped and counted when it waited longer than 300 s', async () => {
    const late = { ageSeconds: 360 }
    expect(await lane.deliver('cycle', late)).toEqual({ account: 'alpha', kind: 'too_old' })
    expect(lane.telemetry.total('lane_ticks_dropped_total')).toBe(1)
    expect(await lane.lane()).toBeNull()
  })

  it('is run, however late, when it was delivered before: its first run was killed', async () => {
    const outcome = await lane.deliver('cycle', { ageSeconds: 360, receiveCount: 2 })
    expect(outcome).toMatchObject({ account: 'alpha', kind: 'cycle', run: { kind: 'done', signals: 1 } })
    expect(lane.telemetry.total('lane_ticks_dropped_total')).toBe(0)
  })

  it('that cannot be run is counted and said, never thrown', async () => {
    lane.settings = { ...lane.settings, TRADING_ENABLED: 'ture' }
    const outcome = await lane.deliver('cycle')
    expect(outcome).toMatchObject({ account: 'alpha', kind: 'failed' })
    expect(outcome.kind === 'failed' && outcome.reason).toContain('TRADING_ENABLED')
    expect(lane.telemetry.total('lane_cycle_failures_total')).toBe(1)
  })
})

describe('a reconcile message', () => {
  it('finds out what became of an order, and commits nothing', async () => {
    lane.failNextOrder('disconnect_after_accept')
    await lane.deliver('cycle')
    expect(await lane.executions()).toMatchObject([{ state: 'unknown' }])
    lane.clock.pass(60)
    expect(await lane.deliver('reconcile')).toMatchObject({ kind: 'reconcile', summary: { updated: 1 } })
    expect(await lane.executions()).toMatchObject([{ state: 'accepted' }])
    expect(await lane.lane()).toMatchObject({ version: 1 })
    expect(lane.exchange.submissions).toHaveLength(1)
  })
})

describe('flags that change in mid-cycle', () => {
  it.each([
    ['cannot be understood', { TRADING_ENABLED: 'ture' }, 'kill_switch_unreadable'],
    ['name something unknown', { TRADING_ENABLE: 'true' }, 'kill_switch_unreadable'],
    ['switch trading off', { TRADING_ENABLED: 'false' }, 'trading_disabled'],
  ])('and %s deny the order, and the cursor advances', async (_how, change, reason) => {
    lane.flags = { ...lane.settings, ...change }
    const outcome = await lane.deliver('cycle')
    expect(outcome).toMatchObject({ kind: 'cycle', run: { kind: 'done', signals: 1 } })
    expect(await lane.decisions()).toMatchObject([{ outcome: { kind: 'accepted' } }])
    expect(await lane.executions()).toMatchObject([{ state: 'denied', deniedReason: reason }])
    expect(lane.exchange.submissions).toEqual([])
    expect(await lane.lane()).toMatchObject({ cursor: 1 })
  })
})
