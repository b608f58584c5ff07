/**
 * A message of the lane queue, from its text to its outcome (docs/architecture.md#lane): what the function, the
 * laptop and the fixtures run alike.
 */
import { beforeEach, describe, expect, it } from 'vitest'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { isUnsettled, type Execution } from '../../lib/domain/execution.ts'
import { asClientOrderId } from '../../lib/domain/ids.ts'
import { plusSeconds } from '../../lib/domain/time.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'

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

  it.each([1, 2])(
    'from the future is dropped and counted, and pins no clock (delivery %i)',
    async (receiveCount) => {
      const future = { ageSeconds: -86_400, receiveCount }
      expect(await lane.deliver('cycle', future)).toEqual({ account: 'alpha', kind: 'from_future' })
      expect(lane.telemetry.total('lane_ticks_dropped_total')).toBe(1)
      expect(await lane.deliver('cycle')).toMatchObject({ run: { kind: 'done', signals: 1 } })
      expect(await lane.decisions()).toMatchObject([{ outcome: { kind: 'accepted' } }])
    },
  )

  it('of a clock that is a little ahead is run, and leaves the lane no later than its own clock', async () => {
    expect(await lane.deliver('cycle', { ageSeconds: -60 })).toMatchObject({ run: { kind: 'done' } })
    expect((await lane.lane())?.lastTickAt).toBe(lane.clock.now())
  })

  it('is decided by its own time when an earlier one left the lane in the future', async () => {
    await lane.deliver('cycle')
    const committed = await lane.lane()
    if (committed === null) throw new Error('no lane')
    const lastTickAt = plusSeconds(lane.clock.now(), 86_400)
    await lane.stores.lanes.commit({ ...committed, version: committed.version + 1, lastTickAt })
    lane.clock.pass(60)
    await lane.signal()
    await lane.deliver('cycle')
    expect((await lane.decisions())[1]).toMatchObject({ outcome: { kind: 'accepted' } })
    expect((await lane.lane())?.lastTickAt).toBeLessThanOrEqual(lane.clock.now())
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

describe('a dead claim with nothing at the broker', () => {
  beforeEach(async () => {
    lane.failNextOrder('disconnect_before_accept')
    await lane.deliver('cycle')
    lane.clock.pass(70)
  })

  it('is taken over by a reconcile message, and its order sent', async () => {
    await lane.deliver('reconcile')
    expect(lane.exchange.submissions).toHaveLength(1)
  })

  it.each([
    ['the lane is halted', () => lane.stores.lanes.halt(LABEL, 'ta', 'an order unlike its decision')],
    ['the account is not admitted', async () => void (lane.admitted = false)],
    ['the tick says that the kill switch is on', async () => void (lane.killSwitchInTick = true)],
  ])('is looked up, and nothing is sent, when %s', async (_what, prepare) => {
    await prepare()
    for (let tick = 0; tick < 2; tick += 1) {
      await lane.deliver('reconcile')
      lane.clock.pass(60)
    }
    expect(lane.exchange.submissions).toEqual([])
    expect(await lane.executions()).toMatchObject([{ state: 'absent', misses: { count: 2 } }])
  })

  it('is not taken over by a cycle whose tick says that the kill switch is on', async () => {
    lane.killSwitchInTick = true
    await lane.deliver('cycle')
    expect(lane.exchange.submissions).toEqual([])
    expect(await lane.executions()).toMatchObject([{ state: 'unknown', misses: { count: 1 } }])
  })
})

it('sends nothing more in a reconcile pass that has found another order under one of our ids', async () => {
  await lane.signal('IBM')
  for (let order = 0; order < 2; order += 1) lane.failNextOrder('disconnect_before_accept')
  await lane.deliver('cycle')
  lane.clock.pass(70)
  const byId = (left: Execution, right: Execution) => (left.clientOrderId < right.clientOrderId ? -1 : 1)
  const [first, second] = [...(await lane.executions())].sort(byId)
  if (first === undefined || second === undefined) throw new Error('two executions were expected')
  const { clientOrderId, symbol, side, timeInForce } = first
  const another = { client_order_id: clientOrderId, symbol, side, qty: '11', type: 'market' }
  lane.exchange.placeOrder(LABEL, { ...another, time_in_force: timeInForce })
  const before = lane.exchange.submissions.length
  await lane.deliver('reconcile')
  expect(lane.exchange.submissions).toHaveLength(before)
  expect((await lane.lane())?.halted).toContain(clientOrderId)
  expect(await lane.stores.executions.readExecution(LABEL, second.clientOrderId)).toMatchObject({
    misses: { count: 1 },
  })
})

it('sends nothing of a plan sealed before its tick said that the kill switch is on', async () => {
  lane.beforeSnapshot = () => {
    lane.remainingMs = 5000
  }
  expect(await lane.deliver('cycle')).toMatchObject({ run: { kind: 'out_of_time' } })
  lane.beforeSnapshot = () => {}
  lane.remainingMs = 50_000
  lane.killSwitchInTick = true
  await lane.deliver('cycle')
  expect(lane.exchange.submissions).toEqual([])
  expect(await lane.executions()).toMatchObject([{ state: 'denied', deniedReason: 'kill_switch_on' }])
})

it('sends nothing in a cycle for an account that is not admitted', async () => {
  lane.admitted = false
  await lane.deliver('cycle')
  expect(lane.exchange.submissions).toEqual([])
  expect(await lane.executions()).toMatchObject([{ state: 'denied', deniedReason: 'account_not_admitted' }])
})

describe('a reconcile message for an account that is held back', () => {
  it('settles 40 unsettled executions within four ticks', async () => {
    lane.failNextOrder('disconnect_before_accept')
    await lane.deliver('cycle')
    const [one] = await lane.executions()
    if (one === undefined) throw new Error('no execution')
    for (let index = 1; index < 40; index += 1) {
      const clientOrderId = asClientOrderId(`tg-${index}`)
      await lane.stores.executions.createExecution({ ...one, clientOrderId, revision: 1 })
    }
    expect(await unsettled()).toBe(40)
    lane.admitted = false
    let ticks = 0
    for (; ticks < 8 && (await unsettled()) > 0; ticks += 1) {
      lane.clock.pass(60)
      await lane.deliver('reconcile')
    }
    expect(ticks).toBeLessThanOrEqual(4)
    expect(lane.exchange.submissions).toEqual([])
  })

  async function unsettled(): Promise<number> {
    return (await lane.executions()).filter(({ state }) => isUnsettled(state)).length
  }
})

describe('flags that change in mid-cycle', () => {
  it.each([
    ['cannot be understood', { TRADING_ENABLED: 'ture' }, 'kill_switch_unreadable'],
    ['name an unknown mode', { TRADING_MODE: 'liev' }, 'kill_switch_unreadable'],
    ['hold a bad registry', { TRADING_ACCOUNTS_JSON: '[{"lable":"alpha"}]' }, 'kill_switch_unreadable'],
    ['switch trading off', { TRADING_ENABLED: 'false' }, 'trading_disabled'],
  ])('and %s deny the order, and the cursor advances', async (_how, change, reason) => {
    lane.flags = { ...lane.settings, ...change }
    const outcome = await lane.deliver('cycle')
    expect(outcome).toMatchObject({ kind: 'cycle', run: { kind: 'done', signals: 1 } })
    expect(await lane.decisions()).toMatchObject([{ outcome: { kind: 'accepted' } }])
    expect(await lane.executions()).toMatchObject([{ state: 'denied', deniedReason: reason }])
    const counted = lane.telemetry.total('kill_switch_unreadable_total')
    expect(counted > 0).toBe(reason === 'kill_switch_unreadable')
    expect(lane.exchange.submissions).toEqual([])
    expect(await lane.lane()).toMatchObject({ cursor: 1 })
  })
})
