/** A lane's cycle, rule by rule (docs/architecture.md#cycle), over both kinds of state. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { asAlpacaOrderId } from '../../lib/domain/ids.ts'
import { epochNsOf } from '../../lib/domain/nano-time.ts'
import { fingerprint } from '../../lib/orders/order-feed/stored-updates.ts'
import { RETENTION_DAYS, STATE_BACKENDS, type OpenState } from '../support/state-backends.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'
import { anOrderEvent } from '../support/state-samples.ts'

describe.each(STATE_BACKENDS)('a lane on $name', ({ open }) => {
  let state: OpenState
  let lane: LaneFixture

  beforeEach(async () => {
    state = await open()
    lane = new LaneFixture(() => state.stores)
    state.clock.set(lane.clock.now())
  })
  afterEach(() => state.close())

  const dieBeforeSubmit = () => {
    lane.beforeSubmit = () => {
      lane.beforeSubmit = () => {}
      throw new Error('the process died')
    }
  }

  it('turns a signal into one order, recorded before and after', async () => {
    await lane.signal()
    expect(await lane.tick()).toEqual({ kind: 'done', cycles: 1, signals: 1, unsettled: 0 })
    const [execution] = await lane.executions()
    const [decision] = await lane.decisions()
    expect(execution).toMatchObject({ state: 'accepted', side: 'buy', quantity: decimal('10') })
    expect(execution?.permission).toEqual({ killSwitchVersion: '1/-', killSwitchAgeSeconds: 0 })
    expect(decision).toMatchObject({ outcome: { kind: 'accepted' }, origin: 'aggregated', position: 1 })
    expect(lane.exchange.orders(LABEL)).toMatchObject([
      { client_order_id: decision?.clientOrderId, qty: '10' },
    ])
    expect(await lane.lane()).toMatchObject({ version: 1, cursor: 1, unsettled: [] })
    const orderId = asAlpacaOrderId(lane.exchange.orders(LABEL)[0]?.id ?? '')
    expect(await state.stores.executions.readPointer(LABEL, orderId)).toBe(decision?.clientOrderId)
  })

  it('does nothing on a second tick without signals', async () => {
    await lane.signal()
    await lane.tick()
    lane.connections = 0
    expect(await lane.tick()).toEqual({ kind: 'idle' })
    expect(lane.connections).toBe(0)
    expect(await lane.lane()).toMatchObject({ version: 1 })
  })

  it('starts a new lane at the end of the log unless told otherwise', async () => {
    lane.settings = { ...lane.settings, TRADING_SIGNAL_START: 'latest' }
    await lane.signal()
    expect(await lane.tick()).toEqual({ kind: 'idle' })
    expect(await lane.lane()).toMatchObject({ cursor: 1, version: 0 })
  })

  it('takes several cycles in one tick when the log is longer than a batch', async () => {
    lane.settings = { ...lane.settings, TRADING_SIGNAL_BATCH_SIZE: '2' }
    for (let count = 0; count < 5; count += 1) await lane.signal()
    expect(await lane.tick()).toMatchObject({ kind: 'done', cycles: 3, signals: 5 })
    expect(await lane.lane()).toMatchObject({ version: 3, cursor: 5 })
  })

  it('passes all that retention has removed in one tick, and trades what came after (seed 13180)', async () => {
    lane.settings = { ...lane.settings, TRADING_SIGNAL_BATCH_SIZE: '1' }
    for (let count = 0; count < 3; count += 1) await lane.signal()
    lane.clock.pass((RETENTION_DAYS + 7) * 86_400)
    state.clock.set(lane.clock.now())
    await lane.signal()
    expect(await lane.tick()).toMatchObject({ kind: 'done', signals: 4 })
    expect(await lane.lane()).toMatchObject({ cursor: 4 })
    expect(lane.exchange.orders(LABEL)).toHaveLength(1)
  })

  it('finishes an interrupted cycle as it was planned, whatever has changed since', async () => {
    await lane.signal()
    dieBeforeSubmit()
    await expect(lane.tick()).rejects.toThrow('the process died')
    expect(await lane.lane()).toMatchObject({ version: 0, cursor: 0 })
    lane.clock.pass(70)
    lane.settings = { ...lane.settings, TRADING_MAX_NOTIONAL_PER_TRADE: '100' }
    expect(await lane.tick()).toMatchObject({ kind: 'done', cycles: 1, unsettled: 0 })
    expect(lane.exchange.submissions).toMatchObject([{ qty: '10' }])
    expect(await lane.lane()).toMatchObject({ version: 1, cursor: 1 })
  })

  it('leaves an execution under a live claim alone, and commits it as unsettled', async () => {
    await lane.signal()
    dieBeforeSubmit()
    await expect(lane.tick()).rejects.toThrow('the process died')
    lane.clock.pass(20)
    expect(await lane.tick()).toMatchObject({ kind: 'done', unsettled: 1 })
    expect(lane.exchange.submissions).toEqual([])
    lane.clock.pass(50)
    expect(await lane.tick()).toMatchObject({ kind: 'done', unsettled: 0 })
    expect(lane.exchange.submissions).toHaveLength(1)
    expect(await lane.lane()).toMatchObject({ version: 2, unsettled: [] })
  })

  it('does not send an interrupted order once the kill switch is on: it ends absent', async () => {
    await lane.signal()
    dieBeforeSubmit()
    await expect(lane.tick()).rejects.toThrow('the process died')
    lane.killSwitch = 'on'
    for (let tick = 0; tick < 3; tick += 1) {
      lane.clock.pass(70)
      await lane.tick()
    }
    expect(lane.exchange.submissions).toEqual([])
    expect(await lane.executions()).toMatchObject([{ state: 'absent' }])
    expect(await lane.lane()).toMatchObject({ cursor: 1, unsettled: [] })
  })

  it('adopts an order whose answer was lost', async () => {
    await lane.signal()
    lane.failNextOrder('disconnect_after_accept')
    expect(await lane.tick()).toMatchObject({ unsettled: 1 })
    expect(await lane.executions()).toMatchObject([{ state: 'unknown' }])
    lane.clock.pass(60)
    await lane.tick()
    expect(await lane.executions()).toMatchObject([{ state: 'accepted' }])
    expect(lane.exchange.submissions).toHaveLength(1)
  })

  it('applies with an adopted order the updates that came before anybody knew whose they are', async () => {
    await lane.signal()
    lane.failNextOrder('disconnect_after_accept')
    await lane.tick()
    const alpacaOrderId = asAlpacaOrderId(lane.exchange.orders(LABEL)[0]?.id ?? '')
    const fill = anOrderEvent({
      accountLabel: LABEL,
      alpacaOrderId,
      clientOrderId: null,
      symbol: 'AAPL',
      side: 'buy',
      eventType: 'fill',
      status: 'filled',
      eventTs: epochNsOf(lane.clock.now()),
      filledQuantity: decimal('10'),
      averageFillPrice: decimal('100.5'),
    })
    await state.stores.orderEvents.appendEvent(LABEL, alpacaOrderId, fingerprint(fill), fill)
    lane.clock.pass(60)
    await lane.tick()
    expect(await lane.executions()).toMatchObject([
      { state: 'filled', filledQuantity: decimal('10'), averageFillPrice: decimal('100.5') },
    ])
  })

  it('sends a lost order again once its claim is dead', async () => {
    await lane.signal()
    lane.failNextOrder('disconnect_before_accept')
    await lane.tick()
    lane.clock.pass(55)
    await lane.tick()
    expect(lane.exchange.submissions).toEqual([])
    lane.clock.pass(10)
    await lane.tick()
    expect(lane.exchange.submissions).toHaveLength(1)
    expect(await lane.executions()).toMatchObject([{ state: 'accepted' }])
  })

  it.each([
    ['403' as const, 'forbidden'],
    ['422' as const, 'unprocessable'],
  ])("takes a first claim's 4xx as the broker's evidence (%s)", async (fault, body) => {
    await lane.signal()
    lane.failNextOrder(fault)
    expect(await lane.tick()).toMatchObject({ unsettled: 0 })
    const [execution] = await lane.executions()
    expect(execution).toMatchObject({ state: 'rejected' })
    expect(execution?.rejection).toContain(body)
    expect(lane.telemetry.total('orders_rejected_total')).toBe(1)
  })

  it("takes no 4xx of a takeover's as evidence, and never sends that order again", async () => {
    await lane.signal()
    lane.failNextOrder('disconnect_before_accept')
    await lane.tick()
    lane.clock.pass(70)
    lane.failNextOrder('403')
    await lane.tick()
    expect(await lane.executions()).toMatchObject([{ state: 'unknown', neverPostAgain: true }])
    lane.clock.pass(60)
    await lane.tick()
    expect(await lane.executions()).toMatchObject([{ state: 'absent' }])
    expect(lane.exchange.submissions).toEqual([])
  })

  it('tries again after 429, since nothing was taken', async () => {
    await lane.signal()
    lane.failNextOrder('429')
    expect(await lane.tick()).toMatchObject({ unsettled: 1 })
    lane.clock.pass(10)
    await lane.tick()
    expect(await lane.executions()).toMatchObject([{ state: 'accepted' }])
  })

  it('denies at the firewall what was accepted under older flags', async () => {
    await lane.signal()
    lane.killSwitch = 'unreadable'
    lane.killSwitchInTick = false
    await lane.tick()
    expect(await lane.decisions()).toMatchObject([{ outcome: { kind: 'accepted' } }])
    expect(await lane.executions()).toMatchObject([
      { state: 'denied', deniedReason: 'kill_switch_unreadable' },
    ])
    expect(lane.telemetry.total('kill_switch_blocks_total')).toBe(1)
    expect(await lane.lane()).toMatchObject({ cursor: 1 })
  })

  it('cancels our open orders while the kill switch is on, and the cursor still advances', async () => {
    await lane.signal()
    await lane.tick()
    lane.exchange.markPrices({ IBM: decimal('200') })
    const theirs = { client_order_id: 'somebody-elses', symbol: 'IBM', side: 'buy', qty: '1' }
    lane.exchange.placeOrder(LABEL, { ...theirs, type: 'market', time_in_force: 'day' })
    lane.killSwitch = 'on'
    await lane.signal()
    await lane.tick()
    expect(lane.exchange.orders(LABEL).map(({ status }) => status)).toEqual(['canceled', 'new'])
    expect(await lane.lane()).toMatchObject({ cursor: 2 })
    expect((await lane.decisions())[1]).toMatchObject({
      outcome: { kind: 'denied', reason: 'kill_switch_on' },
    })
    lane.settings = { ...lane.settings, TRADING_KILL_SWITCH_CANCEL: 'all' }
    await lane.tick()
    expect(lane.exchange.orders(LABEL).map(({ status }) => status)).toEqual(['canceled', 'canceled'])
  })

  it('halts when the broker holds another order under our id', async () => {
    await lane.signal()
    lane.failNextOrder('disconnect_before_accept')
    await lane.tick()
    const [execution] = await lane.executions()
    if (execution === undefined) throw new Error('no execution')
    const { clientOrderId, symbol, side, timeInForce } = execution
    const another = { client_order_id: clientOrderId, symbol, side, qty: '11' }
    lane.exchange.placeOrder(LABEL, { ...another, type: 'market', time_in_force: timeInForce })
    lane.clock.pass(60)
    expect(await lane.tick()).toMatchObject({ kind: 'halted' })
    await lane.signal()
    expect(await lane.tick()).toMatchObject({ kind: 'halted' })
    expect(await lane.lane()).toMatchObject({ cursor: 1 })
  })

  it('goes on at the next tick when the broker cannot be reached', async () => {
    await lane.signal()
    lane.brokerReachable = false
    expect(await lane.tick()).toMatchObject({ kind: 'retryable' })
    expect(await lane.lane()).toMatchObject({ version: 0, cursor: 0 })
    expect(lane.telemetry.total('lane_cycle_failures_total')).toBe(1)
    expect(lane.telemetry.total('lane_cycles_total')).toBe(0)
    lane.brokerReachable = true
    lane.clock.pass(60)
    expect(await lane.tick()).toMatchObject({ kind: 'done', signals: 1 })
  })

  it('stops in the middle when time runs out, and goes on without a second order', async () => {
    for (let count = 0; count < 3; count += 1) await lane.signal()
    lane.beforeSubmit = () => {
      lane.remainingMs = 5000
    }
    expect(await lane.tick()).toMatchObject({ kind: 'out_of_time' })
    expect(lane.exchange.submissions).toHaveLength(1)
    lane.beforeSubmit = () => {}
    lane.remainingMs = 50_000
    expect(await lane.tick()).toMatchObject({ kind: 'done', signals: 3 })
    expect(lane.exchange.submissions).toHaveLength(3)
  })

  it('refuses settings that do not parse, and submits nothing', async () => {
    await lane.signal()
    lane.settings = { ...lane.settings, TRADING_ENABLED: 'ture' }
    await expect(lane.tick()).rejects.toMatchObject({ name: 'ConfigurationError' })
    expect(lane.exchange.submissions).toEqual([])
  })
})
