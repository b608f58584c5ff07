/**
 * A halted lane and its way out (docs/architecture.md#disowning): the broker holds another order under our id, an
 * operator looks at both, disowns ours, and the lane goes on and stays so.
 */
import { beforeEach, describe, expect, it } from 'vitest'
import { InProcessBroker } from '../../lib/exchange/in-process.ts'
import type { Execution } from '../../lib/domain/execution.ts'
import { applyTradeUpdate } from '../../lib/orders/order-feed/apply.ts'
import type { Deployment } from '../../lib/operations/deployment.ts'
import { fakeStage } from '../support/deployment-fixture.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { jsonLines, runInside } from '../support/run-cli.ts'
import { TARGET } from '../support/state-samples.ts'
import { CountingTelemetry } from '../support/telemetry.ts'

let lane: LaneFixture
let deployment: Deployment

beforeEach(() => {
  lane = new LaneFixture((clock) => memoryStores(clock, null))
  const stage = fakeStage()
  stage.credentials.set(LABEL, 'KEY-1')
  stage.flags['TRADING_ACCOUNTS_JSON'] = JSON.stringify([{ label: LABEL, base_url: TARGET.baseUrl }])
  deployment = {
    ...stage.deployment,
    stores: lane.stores,
    clock: lane.clock,
    openBroker: async (target) => new InProcessBroker(lane.exchange, LABEL, target),
  }
})

const run = (words: string) =>
  runInside(`${words} --stage dev`.split(' '), { folder: '.', deployment, environment: {} })

/** Somebody else's order is at the broker, under our id, before ours is sent. */
async function haltOver(foreign: { readonly qty: string }): Promise<Execution> {
  const order = { ...foreign, symbol: 'AAPL', side: 'buy', type: 'market', time_in_force: 'day' }
  const client_order_id = await nextOrderId()
  await lane.signal()
  lane.exchange.placeOrder(LABEL, { ...order, client_order_id })
  expect(await lane.tick()).toMatchObject({ kind: 'halted' })
  const [execution] = await lane.executions()
  if (execution === undefined) throw new Error('no execution')
  return execution
}

/** The id that the next decision's order will have: a lane of its own over the same signal says it. */
async function nextOrderId(): Promise<string> {
  const rehearsal = new LaneFixture((clock) => memoryStores(clock, null))
  await rehearsal.signal()
  await rehearsal.tick()
  const [decision] = await rehearsal.decisions()
  return decision?.clientOrderId ?? ''
}

describe('a run that is under way while another one halts its lane', () => {
  const REASON = 'somebody else saw another order'

  /** Two orders; while the first one is on its way the lane is halted, and so many seconds pass. */
  async function haltedMeanwhile(seconds: number): Promise<readonly unknown[]> {
    await lane.signal('AAPL')
    await lane.signal('MSFT')
    let halting: Promise<void> | null = null
    lane.beforeSubmit = () => {
      halting ??= lane.stores.lanes.halt(LABEL, 'ta', REASON)
      lane.clock.pass(seconds)
    }
    await lane.tick()
    const executions = await lane.executions()
    return executions.map(({ state, deniedReason }) => deniedReason ?? state).sort()
  }

  it('sends nothing more once it is some seconds behind (seed 10851)', async () => {
    expect(await haltedMeanwhile(4)).toEqual(['accepted', 'lane_halted'])
    expect(lane.exchange.submissions).toHaveLength(1)
    expect(await lane.lane()).toMatchObject({ halted: REASON })
    lane.clock.pass(60)
    expect(await lane.tick()).toEqual({ kind: 'halted', reason: REASON })
  })

  it('reads the lane no second time while its first reading is fresh', async () => {
    expect(await haltedMeanwhile(1)).toEqual(['accepted', 'accepted'])
  })
})

describe('a halted lane in which nothing is unsettled', () => {
  it('decides nothing, sends nothing and leaves its cursor where it is', async () => {
    await lane.signal('AAPL')
    await lane.tick()
    await lane.stores.lanes.halt(LABEL, 'ta', 'an operator looks at it')
    await lane.signal('MSFT')
    lane.clock.pass(60)
    expect(await lane.tick()).toEqual({ kind: 'halted', reason: 'an operator looks at it' })
    expect(await lane.lane()).toMatchObject({ cursor: 1, unsettled: [] })
    expect(await lane.decisions()).toHaveLength(1)
    expect(lane.exchange.submissions).toHaveLength(1)
  })
})

describe('a lane of nobody', () => {
  it.each(['lane show papr', 'lane resume papr --confirm papr'])(
    'is told by its label: %s',
    async (words) => {
      const { code, stderr } = await run(words)
      expect([code, stderr]).toEqual([2, expect.stringMatching(/LABEL: found "papr", allowed: /)])
    },
  )
})

describe('a lane that is halted over a foreign order', () => {
  it('halts again and again until an operator disowns ours, then goes on and stays so', async () => {
    const ours = await haltOver({ qty: '3' })
    expect((await lane.lane())?.halted).toContain("quantity: ours 10, broker's 3")
    lane.clock.pass(120)
    expect(await lane.tick()).toMatchObject({ kind: 'halted' })

    const shown = await run(`lane show ${LABEL}`)
    expect([shown.code, shown.stderr]).toEqual([0, ''])
    expect(shown.stdout).toContain('buy 10 AAPL day')
    expect(shown.stdout).toContain("not ours: quantity: ours 10, broker's 3")
    const [foreign] = lane.exchange.orders(LABEL)
    expect(jsonLines((await run(`lane show ${LABEL} --json`)).stdout)).toMatchObject([
      {
        account: LABEL,
        orders: [
          {
            client_order_id: ours.clientOrderId,
            ours: { quantity: '10', side: 'buy' },
            broker: { quantity: '3', alpaca_order_id: foreign?.id },
            differences: ["quantity: ours 10, broker's 3"],
          },
        ],
      },
    ])

    // the foreign order can still be filled: only with a word of its own
    const refused = await run(`lane resume ${LABEL} --confirm ${LABEL}`)
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('--disown')])
    expect((await run(`lane resume ${LABEL} --disown`)).code).toBe(4)
    expect(await lane.lane()).toMatchObject({ halted: expect.any(String) as string })
    expect((await run(`lane resume ${LABEL} --disown --confirm ${LABEL}`)).code).toBe(0)
    expect(await lane.executions()).toMatchObject([
      {
        state: 'disowned',
        disowned: {
          operator: 'arn:aws:iam::000000000000:root',
          at: lane.clock.now(),
          alpacaOrderId: foreign?.id,
        },
      },
    ])

    expect(await lane.tick()).toMatchObject({ kind: 'done', cycles: 1, unsettled: 0 })
    expect(await lane.lane()).toMatchObject({ halted: null, unsettled: [], cursor: 1 })
    const before = lane.requests
    expect(await lane.deliver('reconcile')).toMatchObject({ summary: { visited: 0, mismatches: [] } })
    lane.clock.pass(60)
    expect(await lane.tick()).toEqual({ kind: 'idle' })
    // a reconcile asks for the list of orders, and looks up none
    expect(lane.requests).toBe(before + 1)
    expect(lane.exchange.submissions).toHaveLength(2)
  })

  it('has the foreign order cancelled as ours when the kill switch is on', async () => {
    await haltOver({ qty: '3' })
    lane.clock.pass(120)
    await run(`lane resume ${LABEL} --disown --confirm ${LABEL}`)
    await lane.tick()
    expect(lane.exchange.orders(LABEL)).not.toMatchObject([{ status: 'canceled' }])
    lane.killSwitch = 'on'
    lane.clock.pass(60)
    await lane.tick()
    expect(lane.exchange.orders(LABEL)).toMatchObject([{ status: 'canceled' }])
    expect(await lane.executions()).toMatchObject([{ state: 'disowned' }])
  })

  it('asks for nothing more than the label once the foreign order is final', async () => {
    await haltOver({ qty: '3' })
    lane.clock.pass(120)
    const [foreign] = lane.exchange.orders(LABEL)
    lane.exchange.cancelOrder(LABEL, foreign?.id ?? '')
    const { code, stdout } = await run(`lane resume ${LABEL} --confirm ${LABEL}`)
    expect([code, stdout]).toEqual([0, expect.stringContaining('is not ours')])
    expect(await lane.tick()).toMatchObject({ kind: 'done' })
  })

  it('waits until nobody can be sending ours any more', async () => {
    await haltOver({ qty: '3' })
    const early = await run(`lane resume ${LABEL} --disown --confirm ${LABEL}`)
    expect([early.code, early.stderr]).toEqual([4, expect.stringContaining('may still be being sent')])
    expect(await lane.executions()).toMatchObject([{ state: 'submitting' }])
  })

  it('stays halted as long as the broker cannot be asked', async () => {
    await haltOver({ qty: '3' })
    lane.clock.pass(120)
    const unreachable = { kind: 'unavailable' as const, reason: 'status 500' }
    const broker = new InProcessBroker(lane.exchange, LABEL, TARGET)
    broker.findByClientOrderId = async () => unreachable
    deployment = { ...deployment, openBroker: async () => broker }
    const { code, stderr } = await run(`lane resume ${LABEL} --disown --confirm ${LABEL}`)
    expect([code, stderr]).toEqual([3, expect.stringContaining('status 500')])
    expect(await lane.executions()).toMatchObject([{ state: 'submitting' }])
  })

  it('leaves a disowned execution alone, whatever the order feed says of the foreign order', async () => {
    const { clientOrderId } = await haltOver({ qty: '3' })
    lane.clock.pass(120)
    await run(`lane resume ${LABEL} --disown --confirm ${LABEL}`)
    const [foreign] = lane.exchange.orders(LABEL)
    const order = {
      id: foreign?.id,
      client_order_id: clientOrderId,
      symbol: 'AAPL',
      side: 'buy',
      status: 'filled',
      filled_qty: '3',
    }
    const value = JSON.stringify({ event: 'fill', account_label: LABEL, order })
    const outcome = await applyTradeUpdate(
      { topic: 'torghut.trade-updates.v1', value, defaultAccountLabel: LABEL },
      {
        executions: lane.stores.executions,
        events: lane.stores.orderEvents,
        unmatched: lane.stores.unmatchedOrders,
        clock: lane.clock,
        telemetry: new CountingTelemetry(),
        knowsAccount: async () => true,
      },
    )
    expect(outcome).toMatchObject({ kind: 'buffered' })
    expect(await lane.executions()).toMatchObject([{ state: 'disowned', filledQuantity: 0n }])
  })
})
