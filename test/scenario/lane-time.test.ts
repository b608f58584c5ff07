/**
 * A lane within the time of its invocations (docs/architecture.md#carry-out): plans that one of them can carry out,
 * runs that get further each time, and look-ups that leave time for the rest.
 */
import { describe, expect, it } from 'vitest'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { sealPlan } from '../../lib/lanes/seal.ts'
import { planCycle } from '../../lib/plan/plan-cycle.ts'
import type { StateStores } from '../../lib/ports/state-stores.ts'
import { UNMARKED } from '../../lib/strategy/signal-evaluation.ts'
import { HandClock } from '../support/hand-clock.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'
import { BUY, logged, planInputs, signal, TICK } from '../support/plan-fixtures.ts'
import { serializePlan } from '../support/plan-text.ts'
import { aStrategy } from '../support/strategy-fixtures.ts'
import { silentTelemetry } from '../support/telemetry.ts'

const INVOCATION_MS = 50_000

/** A lane whose every write of a decision takes a while; those that are begun together take it together. */
function laneWithSlowDecisions(writeMs: number) {
  const puts: string[] = []
  let inFlight = 0
  const lane: LaneFixture = new LaneFixture((clock) => {
    const stores = memoryStores(clock)
    const { decisions } = stores
    const slow: StateStores['decisions'] = {
      readDecision: (account, id) => decisions.readDecision(account, id),
      findDecision: (account, order) => decisions.findDecision(account, order),
      listDecisions: (account) => decisions.listDecisions(account),
      putDecision: async (decision) => {
        if (inFlight === 0) lane.remainingMs -= writeMs
        inFlight += 1
        puts.push(decision.decisionId)
        await Promise.resolve()
        inFlight -= 1
        return decisions.putDecision(decision)
      },
    }
    return { ...stores, decisions: slow }
  })
  return { lane, puts }
}

describe('a lane with more work than an invocation has time for', () => {
  it('gets through 20 signals of 500 strategies, of which most decisions are denied', async () => {
    const { lane } = laneWithSlowDecisions(20)
    lane.settings = { ...lane.settings, TRADING_STRATEGY_RUNTIME_MODE: 'legacy' }
    lane.strategies = Array.from({ length: 500 }, (_, n) => aStrategy(`momentum-${n}`))
    for (let count = 0; count < 20; count += 1) await lane.signal('AAPL', '100', BUY)
    let ticks = 0
    for (; ticks < 4 && ((await lane.lane())?.cursor ?? 0) < 20; ticks += 1) {
      lane.remainingMs = INVOCATION_MS
      lane.clock.pass(60)
      await lane.tick()
    }
    expect(await lane.lane()).toMatchObject({ cursor: 20 })
    expect(await lane.decisions()).toHaveLength(10_000)
  })

  it('goes on where it stopped, does nothing twice, and says so when a second run stops in one plan', async () => {
    const { lane, puts } = laneWithSlowDecisions(0)
    for (let count = 0; count < 12; count += 1) await lane.signal()
    lane.beforeSubmit = () => (lane.remainingMs -= 8000)
    const runs: string[] = []
    for (let tick = 0; tick < 3; tick += 1) {
      lane.remainingMs = INVOCATION_MS
      runs.push((await lane.tick()).kind)
      lane.clock.pass(20)
    }
    expect(runs).toEqual(['out_of_time', 'out_of_time', 'done'])
    expect(lane.exchange.submissions).toHaveLength(12)
    expect(puts).toHaveLength(12)
    expect(lane.telemetry.total('lane_stalled_total')).toBe(1)
    expect(await lane.lane()).toMatchObject({ version: 1, cursor: 12, unsettled: [] })
  })

  it('begins new orders of a resumed plan though earlier ones stay unanswered', async () => {
    const { lane } = laneWithSlowDecisions(0)
    for (let count = 0; count < 12; count += 1) await lane.signal()
    const hang = () => (lane.remainingMs -= 8000)
    lane.beforeSubmit = () => {
      hang()
      lane.failNextOrder('disconnect_before_accept')
    }
    lane.beforeLookUp = hang
    let begun = 0
    for (let tick = 0; tick < 12 && (await lane.lane())?.cursor !== 12; tick += 1) {
      lane.remainingMs = INVOCATION_MS
      await lane.tick()
      const now = (await lane.executions()).length
      expect(now).toBeGreaterThan(begun)
      begun = now
      lane.clock.pass(60)
    }
    expect(await lane.lane()).toMatchObject({ cursor: 12 })
  })

  it('stops looking up unsettled orders in time when every look-up hangs', async () => {
    const { lane } = laneWithSlowDecisions(0)
    for (let count = 0; count < 10; count += 1) await lane.signal()
    lane.beforeSubmit = () => lane.failNextOrder('disconnect_before_accept')
    expect(await lane.tick()).toMatchObject({ kind: 'done', unsettled: 10 })
    lane.clock.pass(30)
    lane.beforeLookUp = () => (lane.remainingMs -= 8000)
    lane.remainingMs = INVOCATION_MS
    expect(await lane.tick()).toMatchObject({ kind: 'done', unsettled: 10 })
    expect(lane.remainingMs).toBeGreaterThan(INVOCATION_MS / 3)
  })
})

describe('a plan that is cut', () => {
  const signals = Array.from({ length: 20 }, (_, n) => signal({ symbol: `S${n}` }))
  const inputs = planInputs({ batch: { signals: logged(signals), expired: null } })

  it.each([1, 7, 20])('equals the plan of the shorter batch, byte for byte (%i signals)', (length) => {
    let asked = 0
    const cut = planCycle(inputs, () => (asked += 1) >= length)
    const batch = { signals: logged(signals).slice(0, length), expired: null }
    expect(serializePlan(cut)).toBe(serializePlan(planCycle({ ...inputs, batch })))
  })

  it('takes no more than 30 % of the invocation to plan, and seals the positions that it covers', async () => {
    const clock = new HandClock(TICK)
    let remaining = INVOCATION_MS
    const time = { totalMs: INVOCATION_MS, remainingMs: () => (remaining -= 1000) }
    const { lanes } = memoryStores(clock)
    const deps = {
      lanes,
      clock,
      telemetry: silentTelemetry,
      time,
      asking: () => {},
      watch: { ...UNMARKED, timedOut: {}, introduce: () => {}, idle: () => {} },
      careful: false,
      strayed: () => [],
      failing: () => {},
      pluginBudgetMs: 250,
    }
    const sealed = await sealPlan(inputs, deps)
    if (sealed.kind !== 'sealed') throw new Error(sealed.kind)
    const { record, resumed } = sealed
    expect(resumed).toBe(false)
    expect(INVOCATION_MS - remaining).toBeLessThanOrEqual(INVOCATION_MS * 0.3)
    expect(record.plan.nextCursor).toBeLessThan(20)
    expect(record.inputs.positions).toEqual({ from: 1, to: record.plan.nextCursor })
    expect(record.plan.outcomes).toHaveLength(record.plan.nextCursor)
  })

  it('holds no more orders than an invocation can send', async () => {
    const { lane } = laneWithSlowDecisions(0)
    lane.settings = { ...lane.settings, TRADING_MAX_ORDERS_PER_CYCLE: '50' }
    for (let count = 0; count < 100; count += 1) await lane.signal(`S${count}`)
    // 43 requests, and the next plan's orders as far as the other 17 go
    expect(await lane.tick()).toMatchObject({ kind: 'out_of_requests', cycles: 1 })
    for (let minute = 0; minute < 2; minute += 1) {
      lane.clock.pass(60)
      await lane.tick()
    }
    expect(await lane.lane()).toMatchObject({ version: 3, cursor: 100 })
    expect(lane.exchange.submissions).toHaveLength(100)
    const first = await lane.stores.lanes.readCycle(LABEL, 'ta', 0)
    expect(first?.plan.decisions).toHaveLength(40)
  })
})
