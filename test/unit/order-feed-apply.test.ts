/** Trade updates applied to executions: any order, any repetition and any death in between end in the same state. */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { MemoryExecutionStore } from '../../lib/adapters/memory/execution-store.ts'
import { MemoryUnmatchedOrderStore } from '../../lib/adapters/memory/unmatched-order-store.ts'
import { MemoryOrderEventStore } from '../../lib/adapters/memory/order-event-store.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'
import type { Execution } from '../../lib/domain/execution.ts'
import { asAlpacaOrderId, asClientOrderId } from '../../lib/domain/ids.ts'
import { epochNsOf, parseEpochNs } from '../../lib/domain/nano-time.ts'
import { applyTradeUpdate, type OrderFeedDeps } from '../../lib/orders/order-feed/apply.ts'
import { parseSettings } from '../../lib/flags/parse-settings.ts'
import { queuedUpdate } from '../../lib/orders/order-feed/queued-update.ts'
import { fingerprint, orderKey, storedUpdates } from '../../lib/orders/order-feed/stored-updates.ts'
import type { OrderEventStore } from '../../lib/ports/order-event-store.ts'
import type { ExecutionStore } from '../../lib/ports/execution-store.ts'
import { at, aTradeUpdate, ORDER_ID } from '../support/order-fixtures.ts'
import { anExecution } from '../support/state-samples.ts'
import { HandClock } from '../support/hand-clock.ts'
import { CountingTelemetry } from '../support/telemetry.ts'

const ours = anExecution().accountLabel
const live = accountLabel('live')
const clock = new HandClock(at(600))

interface World extends OrderFeedDeps {
  readonly telemetry: CountingTelemetry
}

/** Stores that hold the execution, and the count of every metric. */
async function world(execution: Execution | null = anExecution()): Promise<World> {
  const executions = new MemoryExecutionStore()
  if (execution !== null) await executions.createExecution(execution)
  return {
    executions,
    events: new MemoryOrderEventStore(clock),
    unmatched: new MemoryUnmatchedOrderStore(),
    clock,
    telemetry: new CountingTelemetry(),
    knowsAccount: async (label) => label === ours || label === live,
  }
}

interface Step {
  readonly event: string
  readonly status: string
  readonly second: number
  readonly filled: string
  readonly withId?: boolean
  readonly withClientId?: boolean
}

const NEW: Step = { event: 'new', status: 'new', second: 1, filled: '0' }
const PART: Step = { event: 'partial_fill', status: 'partially_filled', second: 2, filled: '4' }
const FILL: Step = { event: 'fill', status: 'filled', second: 3, filled: '10' }

/** The step as a message of the feed. */
function message(
  step: Step,
  overrides: Record<string, unknown> = {},
): Parameters<typeof applyTradeUpdate>[0] {
  const order = {
    ...(step.withId === false ? {} : { id: ORDER_ID }),
    ...(step.withClientId === false ? {} : { client_order_id: anExecution().clientOrderId }),
    symbol: 'AAPL',
    side: 'buy',
    qty: '10',
    filled_qty: step.filled,
    filled_avg_price: step.filled === '0' ? null : '101.5',
    status: step.status,
  }
  const timestamp = new Date(at(step.second)).toISOString()
  const value = JSON.stringify({ event: step.event, timestamp, order, ...overrides })
  return { topic: 'torghut.trade-updates.v1', value, defaultAccountLabel: ours }
}

async function stateOf({ executions, events }: OrderFeedDeps): Promise<unknown> {
  const execution = await executions.readExecution(ours, anExecution().clientOrderId)
  if (execution === null) return null
  const { revision: _revision, ...rest } = execution
  const pointer = await executions.readPointer(ours, ORDER_ID)
  return { ...rest, pointer, rows: await storedUpdates(events, { ...execution, alpacaOrderId: ORDER_ID }) }
}

describe('a trade update', () => {
  it('is stored, puts the pointer, and changes its execution', async () => {
    const deps = await world()
    expect(await applyTradeUpdate(message(PART), deps)).toMatchObject({
      kind: 'applied',
      changed: true,
      redelivered: false,
      notes: [],
      execution: { state: 'partially_filled', filledQuantity: decimal('4'), alpacaOrderId: ORDER_ID },
    })
    expect(await deps.executions.readPointer(ours, ORDER_ID)).toBe(anExecution().clientOrderId)
    expect(await deps.events.listEvents(ours, ORDER_ID)).toHaveLength(1)
    expect(deps.telemetry.totals()).toEqual(
      new Map([
        ['order_feed_messages_total', 1],
        ['order_feed_applied_total', 1],
      ]),
    )
  })

  it('delivered again changes nothing', async () => {
    const deps = await world()
    await applyTradeUpdate(message(PART), deps)
    const before = await stateOf(deps)
    const again = await applyTradeUpdate(message(PART), deps)
    expect(again).toMatchObject({ kind: 'applied', changed: false, redelivered: true })
    expect(await stateOf(deps)).toEqual(before)
  })

  it('that names the broker’s id alone finds its execution by the pointer', async () => {
    const deps = await world()
    await applyTradeUpdate(message(NEW), deps)
    const outcome = await applyTradeUpdate(message({ ...FILL, withClientId: false }), deps)
    expect(outcome).toMatchObject({ kind: 'applied', execution: { state: 'filled' } })
  })

  it('waits when nobody knows the broker’s id yet, and counts once somebody does', async () => {
    const deps = await world()
    expect(await applyTradeUpdate(message({ ...FILL, withClientId: false }), deps)).toMatchObject({
      kind: 'buffered',
    })
    expect(await applyTradeUpdate(message(NEW), deps)).toMatchObject({
      execution: { state: 'filled', filledQuantity: decimal('10') },
    })
  })

  it('of an order that is not ours is kept and changes nothing', async () => {
    const deps = await world(null)
    expect(await applyTradeUpdate(message(NEW), deps)).toMatchObject({ kind: 'buffered' })
    expect(await deps.events.listEvents(ours, ORDER_ID)).toHaveLength(1)
  })

  it('of an unknown account is quarantined and stored nowhere', async () => {
    const deps = await world()
    const outcome = await applyTradeUpdate(message(NEW, { account_label: 'stranger' }), deps)
    expect(outcome).toMatchObject({ kind: 'quarantined', reason: 'unknown_account' })
    expect(await deps.events.listEvents(accountLabel('stranger'), ORDER_ID)).toEqual([])
  })

  it.each([null, 'torghut.trade-updates.v1', 'updates'])(
    'that names no account is quarantined when it came by the queue of several accounts (topic %s)',
    async (orderFeedTopicV2) => {
      const deps = await world()
      const settings = { ...parseSettings({ TRADING_ACCOUNT_LABEL: ours }), orderFeedTopicV2 }
      const before = await stateOf(deps)
      const { value } = message(FILL)
      expect(await applyTradeUpdate(queuedUpdate(value, { oneAccount: false, settings }), deps)).toEqual({
        kind: 'quarantined',
        reason: 'missing_account_label',
        event: null,
      })
      expect(await stateOf(deps)).toEqual(before)
      expect(deps.telemetry.total('order_feed_quarantined_total')).toBe(1)
      const own = queuedUpdate(value, { oneAccount: true, settings })
      expect(await applyTradeUpdate(own, deps)).toMatchObject({ kind: 'applied' })
    },
  )

  it('of another account leaves this one alone, whatever ids it carries', async () => {
    const deps = await world()
    await applyTradeUpdate(message(NEW), deps)
    const before = await stateOf(deps)
    const outcome = await applyTradeUpdate(message(FILL, { account_label: 'live' }), deps)
    expect(outcome).toMatchObject({ kind: 'buffered', event: { accountLabel: 'live' } })
    expect(await stateOf(deps)).toEqual(before)
  })

  it('that contradicts its execution is an anomaly and not applied', async () => {
    const deps = await world(anExecution({ symbol: 'MSFT' }))
    expect(await applyTradeUpdate(message(FILL), deps)).toMatchObject({
      kind: 'anomaly',
      reason: 'symbol_mismatch',
      execution: { state: 'submitting', revision: 1 },
    })
    expect(await deps.executions.readPointer(ours, ORDER_ID)).toBeNull()
    expect(deps.telemetry.total('order_feed_anomalies_total')).toBe(1)
  })

  it('says what an operator should know', async () => {
    const deps = await world()
    const unknown = message({ ...PART, event: 'teleported', status: 'beaming' })
    expect(await applyTradeUpdate(unknown, deps)).toMatchObject({ notes: ['unknown_status'] })
    const bust = message({ ...PART, event: 'trade_bust', second: 4, filled: 'some' })
    expect(await applyTradeUpdate(bust, deps)).toMatchObject({ notes: ['unusable_correction'] })
    expect(deps.telemetry.total('order_feed_suspicious_total')).toBe(2)
  })

  it('that cannot be read is dropped with its reason', async () => {
    const deps = await world()
    const outcome = await applyTradeUpdate({ ...message(NEW), value: '{' }, deps)
    expect(outcome).toEqual({ kind: 'dropped', reason: 'invalid_json' })
    expect(deps.telemetry.total('order_feed_dropped_total')).toBe(1)
  })
})

/** The stores, dying before or after the n-th call from now on. */
function mortal(deps: World, dieAt: number, when: 'before' | 'after'): OrderFeedDeps {
  let calls = 0
  const wrap = <Store extends object>(store: Store): Store =>
    new Proxy(store, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return async (...inputs: unknown[]): Promise<unknown> => {
          calls += 1
          const dies = calls === dieAt
          if (dies && when === 'before') throw new UnavailableError('died')
          const result: unknown = await (method.apply(target, inputs) as Promise<unknown>)
          if (dies) throw new UnavailableError('died')
          return result
        }
      },
    })
  return {
    ...deps,
    executions: wrap<ExecutionStore>(deps.executions),
    events: wrap<OrderEventStore>(deps.events),
  }
}

const BY_ID_ALONE: Step = { ...PART, withClientId: false }
const BY_OUR_ID_ALONE: Step = { ...FILL, withId: false }
const STEPS = [
  BY_ID_ALONE,
  NEW,
  FILL,
  BY_OUR_ID_ALONE,
  { ...NEW, event: 'trade_bust', second: 5, filled: '6' },
]

describe('the order feed', () => {
  it('counts a rejection that it is told of, once, however often and by whomever it is told', async () => {
    const deps = await world()
    const rejected = { event: 'rejected', status: 'rejected', second: 2, filled: '0' }
    for (const step of [NEW, rejected, rejected, NEW]) await applyTradeUpdate(message(step), deps)
    await applyTradeUpdate(message({ ...rejected, second: 3 }), deps)
    expect(deps.telemetry.total('orders_rejected_total')).toBe(1)
  })

  it('ends alike when it dies around any store call and the update is delivered again', async () => {
    const calm = await world()
    for (const step of STEPS) await applyTradeUpdate(message(step), calm)
    const expected = await stateOf(calm)
    let deaths = 0
    for (const [index, step] of STEPS.entries()) {
      for (const when of ['before', 'after'] as const) {
        for (let dieAt = 1; dieAt <= 8; dieAt += 1) {
          const deps = await world()
          for (const earlier of STEPS.slice(0, index)) await applyTradeUpdate(message(earlier), deps)
          await applyTradeUpdate(message(step), mortal(deps, dieAt, when)).catch((error: unknown) => {
            if (!(error instanceof UnavailableError)) throw error
            deaths += 1
          })
          for (const rest of STEPS.slice(index)) await applyTradeUpdate(message(rest), deps)
          expect(await stateOf(deps)).toEqual(expected)
        }
      }
    }
    expect(deaths).toBeGreaterThan(30)
  })

  it('ends alike in any order, with redeliveries, one by one or all at once', async () => {
    const calm = await world()
    for (const step of STEPS) await applyTradeUpdate(message(step), calm)
    const expected = await stateOf(calm)
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...STEPS, ...STEPS], { minLength: 2 * STEPS.length }),
        fc.boolean(),
        async (steps, together) => {
          const deps = await world()
          if (together) await Promise.all(steps.map((step) => applyTradeUpdate(message(step), deps)))
          else for (const step of steps) await applyTradeUpdate(message(step), deps)
          // What arrived before anybody knew whose it is counts at the latest when it is delivered again.
          await applyTradeUpdate(message(BY_ID_ALONE), deps)
          expect(await stateOf(deps)).toEqual(expected)
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('the fingerprint of an update', () => {
  it('stands under the key of its order, by the broker’s id or else by ours', () => {
    const keys = [
      orderKey({ alpacaOrderId: asAlpacaOrderId('o-1'), clientOrderId: asClientOrderId('tg-1') }),
      orderKey({ alpacaOrderId: asAlpacaOrderId('o-2'), clientOrderId: asClientOrderId('tg-1') }),
      orderKey({ alpacaOrderId: null, clientOrderId: asClientOrderId('tg-1') }),
      orderKey({ alpacaOrderId: null, clientOrderId: asClientOrderId('tg-2') }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('tells every difference', () => {
    const base = aTradeUpdate({ eventType: 'fill', status: 'filled', feedSeq: 1, filled: '10', price: '101' })
    const others = [
      { ...base, accountLabel: live },
      { ...base, clientOrderId: asClientOrderId('tg-other') },
      { ...base, eventType: 'trade_bust' },
      { ...base, status: null },
      { ...base, eventTs: epochNsOf(at(1)) },
      { ...base, eventTs: parseEpochNs('2010-05-04T13:31:00.000000001Z') },
      { ...base, feedSeq: 2 },
      { ...base, filledQuantity: null, averageFillPrice: base.filledQuantity },
    ]
    expect(new Set([base, { ...base }, ...others].map(fingerprint)).size).toBe(others.length + 1)
  })
})
