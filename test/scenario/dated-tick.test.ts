/**
 * Ticks that were delivered before, or waited longer than a minute: what an operator has mended since is in force for
 * them at once; other ticks read nothing more. A strategy that does not come back is stopped and named.
 */
import { describe, expect, it } from 'vitest'
import { vmInterrupter } from '../../lib/adapters/system/vm-interrupter.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { aStrategy, pluginGiving } from '../support/strategy-fixtures.ts'
import { TARGET } from '../support/state-samples.ts'

const aLane = () => new LaneFixture(memoryStores)
const mended = [aStrategy('mended', { strategyType: 'always_buys' })]

async function strategiesOf(lane: LaneFixture): Promise<readonly string[]> {
  return (await lane.decisions()).flatMap(({ sourceStrategyIds }) => sourceStrategyIds)
}

describe('a tick', () => {
  it.each([
    ['delivered before', { receiveCount: 2 }],
    ['older than a minute', { ageSeconds: 120 }],
  ])('%s is run under the catalog and the flags of now', async (_, delivery) => {
    const lane = aLane()
    await lane.signal()
    lane.strategiesNow = mended
    lane.flags = { ...lane.settings, TRADING_MAX_NOTIONAL_PER_TRADE: '500' }
    expect(await lane.deliver('cycle', delivery)).toMatchObject({ run: { kind: 'done', signals: 1 } })
    expect(await strategiesOf(lane)).toEqual(['mended'])
    expect(lane.exchange.submissions).toMatchObject([{ qty: '5' }])
  })

  it.each([
    ['that is young', {}],
    ['of a minute ago', { ageSeconds: 30 }],
  ])('%s reads neither, and runs as it was dispatched', async (_, delivery) => {
    const lane = aLane()
    await lane.signal()
    lane.strategiesNow = mended
    await lane.deliver('cycle', delivery)
    expect([await strategiesOf(lane), lane.catalogReads]).toEqual([['buyer'], 0])
  })

  it('that is too old reads nothing either', async () => {
    const lane = aLane()
    expect(await lane.deliver('cycle', { ageSeconds: 400 })).toMatchObject({ kind: 'too_old' })
    expect(lane.catalogReads).toBe(0)
  })

  it('is not made bolder by what is true now: the kill switch and the gate of its dispatch stay', async () => {
    const lane = aLane()
    await lane.signal()
    lane.killSwitchInTick = true
    await lane.deliver('cycle', { receiveCount: 2 })
    expect(await lane.decisions()).toMatchObject([{ outcome: { reason: 'kill_switch_on' } }])
    expect(lane.exchange.submissions).toEqual([])
  })

  it('of an account that was switched off since sends nothing', async () => {
    const lane = aLane()
    await lane.signal()
    const registry = JSON.stringify([{ label: LABEL, base_url: TARGET.baseUrl, enabled: false }])
    lane.flags = { ...lane.settings, TRADING_ACCOUNTS_JSON: registry }
    await lane.deliver('cycle', { receiveCount: 2 })
    expect(lane.exchange.submissions).toEqual([])
  })
})

describe('a strategy that does not come back', () => {
  const hanging = pluginGiving('hangs', () => {
    for (;;);
  })
  const strategies = [
    aStrategy('a-buyer', { strategyType: 'always_buys' }),
    aStrategy('b-hangs', { strategyType: 'hangs' }),
  ]

  function hangingLane(): LaneFixture {
    const lane = new LaneFixture(memoryStores, () => ({ interrupter: vmInterrupter() }), [hanging])
    lane.strategies = strategies
    // 5 s are kept for the last word
    lane.beforeSnapshot = () => (lane.remainingMs = 5200)
    return lane
  }

  it('costs its lane its budget alone: the other strategy’s order is sent, and the cursor moves', async () => {
    const lane = hangingLane()
    lane.beforeSnapshot = () => {}
    lane.settings = { ...lane.settings, TRADING_PLUGIN_BUDGET_MS: '50' }
    await lane.signal()
    expect(await lane.tick()).toMatchObject({ kind: 'done', cycles: 1 })
    expect(lane.exchange.submissions).toHaveLength(1)
    expect(await lane.lane()).toMatchObject({ version: 1, cursor: 1, circuits: { 'b-hangs': {} } })
    const record = await lane.stores.lanes.readCycle(LABEL, 'ta', 0)
    expect(record?.inputs.timedOut).toEqual({ 'b-hangs': 1 })
    expect(lane.telemetry.records).toContainEqual([
      'warn',
      'a strategy could not decide',
      expect.objectContaining({ strategy_id: 'b-hangs', reason: 'plugin_timeout' }),
    ])
  })

  it('is stopped before its lane is killed, named, counted, and nothing is sealed', async () => {
    const lane = hangingLane()
    await lane.signal()
    expect(await lane.tick()).toEqual({ kind: 'interrupted', strategyId: 'b-hangs' })
    expect(lane.telemetry.total('lane_cycle_failures_total')).toBe(1)
    expect(lane.telemetry.records).toContainEqual([
      'error',
      'a strategy did not come back: planning was stopped',
      { account: LABEL, strategy_id: 'b-hangs' },
    ])
    expect(await lane.lane()).toMatchObject({ version: 0, cursor: 0 })
  })

  it('is out of the way with the next tick after it was taken out of the catalog', async () => {
    const lane = hangingLane()
    await lane.signal()
    await lane.tick()
    lane.strategiesNow = mended
    lane.beforeSnapshot = () => {}
    lane.remainingMs = 50_000
    // the tick behind it was dispatched before the mend
    expect(await lane.deliver('cycle', { ageSeconds: 90 })).toMatchObject({ run: { kind: 'done' } })
  })

  it('or kills its lane otherwise is the last one named, by the run after it', async () => {
    const lane = new LaneFixture(memoryStores)
    await lane.signal()
    await lane.deliver('cycle')
    expect(lane.telemetry.records.filter(([, message]) => message === 'a strategy is asked')).toEqual([])
    await lane.signal()
    await lane.deliver('cycle', { receiveCount: 2 })
    expect(lane.telemetry.records).toContainEqual([
      'info',
      'a strategy is asked',
      { account: LABEL, strategy_id: 'buyer' },
    ])
  })
})

describe('interrupting', () => {
  it('gives what the work returns, throws what it throws, and stops a regular expression too', () => {
    const interrupter = vmInterrupter()
    expect(interrupter.run(() => 7, 1000)).toEqual({ kind: 'done', value: 7 })
    expect(() =>
      interrupter.run(() => {
        throw new RangeError('its own')
      }, 1000),
    ).toThrow(RangeError)
    const slow = () => /^(a+)+$/.test(`${'a'.repeat(60)}b`)
    expect(interrupter.run(slow, 50)).toEqual({ kind: 'interrupted' })
    expect(interrupter.run(() => 'again', 1000)).toEqual({ kind: 'done', value: 'again' })
  })
})
