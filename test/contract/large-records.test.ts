/**
 * Cycle records of accounts with very many strategies or orders: stored whole, in one item
 * (docs/architecture.md#item-size).
 */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Item } from '../../lib/adapters/dynamodb/table/item.ts'
import { cycleItem, encodedSize, fitsItem } from '../../lib/adapters/dynamodb/items/cycle-item.ts'
import { laneItem } from '../../lib/adapters/dynamodb/items/lane-item.ts'
import { StateError } from '../../lib/domain/errors.ts'
import { asAlpacaOrderId, asClientOrderId } from '../../lib/domain/ids.ts'
import type { CycleRecord } from '../../lib/domain/plan.ts'
import { type CycleInputs, planCycle } from '../../lib/plan/plan-cycle.ts'
import { serializePlan } from '../support/plan-text.ts'
import { asEpochMs } from '../../lib/domain/time.ts'
import { aCycle, aDecision, aLane, incompressible } from '../support/state-samples.ts'
import { throughStorage } from '../support/through-storage.ts'
import {
  batchOf,
  compiled,
  failing,
  openOrder,
  planInputs,
  settingsWith,
  signal,
} from '../support/plan-fixtures.ts'
import { aStrategy } from '../support/strategy-fixtures.ts'

const STRATEGIES = 500

function recordOf(inputs: CycleInputs): CycleRecord {
  const { account, tickAt } = inputs
  // only a hash of the broker's own id is ever stored
  const balance = { ...inputs.snapshot.balance, brokerAccountId: 'a'.repeat(64) }
  const snapshot = { ...inputs.snapshot, balance }
  const sample = aCycle({ accountLabel: account.label })
  return { ...sample, inputs: { ...sample.inputs, account, tickAt, snapshot }, plan: planCycle(inputs) }
}

function many(type: string) {
  return Array.from({ length: STRATEGIES }, (_, n) => aStrategy(`momentum-${n}`, { strategyType: type }))
}

describe(`${STRATEGIES} strategies on one signal`, () => {
  const deciding = recordOf(
    planInputs({
      strategies: compiled(many('legacy_macd_rsi')),
      settings: settingsWith({ TRADING_STRATEGY_RUNTIME_MODE: 'legacy' }),
    }),
  )
  const falling = recordOf(
    planInputs({
      strategies: compiled(many('failing'), [failing]),
      batch: batchOf(...[1, 2, 3, 4].map(() => signal())),
    }),
  )

  it('each deciding for itself fit one record, whose decisions come out as they went in', () => {
    expect(deciding.plan.decisions).toHaveLength(STRATEGIES)
    expect(fitsItem(deciding)).toBe(true)
    const decoded = cycleItem.decode(throughStorage(cycleItem.encode(deciding)))
    expect(decoded).toEqual(deciding)
    expect(serializePlan(decoded.plan)).toBe(serializePlan(deciding.plan))
  })

  it('all failing and falling back fit one record, and their circuits the lane', () => {
    expect(falling.plan.decisions[0]?.sourceStrategyIds).toHaveLength(STRATEGIES)
    expect(Object.values(falling.plan.circuits).some(({ openUntil }) => openUntil !== null)).toBe(true)
    expect(fitsItem(falling)).toBe(true)
    expect(cycleItem.decode(throughStorage(cycleItem.encode(falling)))).toEqual(falling)
    const lane = aLane({ circuits: falling.plan.circuits })
    expect(laneItem.decode(throughStorage(laneItem.encode(lane)))).toEqual(lane)
  })

  it('leave cursor and counts readable', () => {
    expect(cycleItem.encode(deciding)).toMatchObject({
      inputs: { cursor: 0, kill_switch_on: false, positions: { from: 1, to: 1 } },
      plan: {
        next_cursor: 1,
        decisions: { count: STRATEGIES },
        outcomes: [{ code: `decided:${STRATEGIES}` }],
      },
    })
  })
})

it('stores an ordinary plan as it is', () => {
  expect(cycleItem.encode(aCycle())['plan']).toMatchObject({
    decisions: [{ symbol: 'AAPL', side: 'buy', quantity: '10', explain: ['macd above signal'] }],
  })
})

it("stores hundreds of others' open orders of one symbol", () => {
  const openOrders = Array.from({ length: 500 }, () => ({
    ...openOrder('AAPL', 'buy', '1'),
    clientOrderId: asClientOrderId(randomUUID()),
    alpacaOrderId: asAlpacaOrderId(randomUUID()),
  }))
  const { snapshot } = planInputs()
  const record = recordOf(planInputs({ snapshot: { ...snapshot, openOrders } }))
  expect(fitsItem(record)).toBe(true)
})

describe('what is left out of a record', () => {
  const others = [
    ['account', aDecision(1, aCycle().accountLabel, { source: 'other' })],
    ['tick', aDecision(1, aCycle().accountLabel, { tickAt: asEpochMs(0) })],
    ['target', aDecision(1, aCycle().accountLabel, { brokerTarget: { mode: 'live', baseUrl: 'https://x' } })],
    ['identity', aDecision(1, aCycle().accountLabel, { origin: 'trend' })],
  ] as const

  it.each(others)('is never lost: a decision of another %s is refused', (_, decision) => {
    const cycle = aCycle()
    const record = { ...cycle, plan: { ...cycle.plan, decisions: [decision] } }
    expect(() => cycleItem.encode(record)).toThrow(StateError)
  })

  it('must come out as it went in: other ids than those sealed are refused', () => {
    const item = cycleItem.encode(aCycle())
    const plan = item['plan'] as Record<string, unknown>
    const [decision] = plan['decisions'] as object[]
    const changed = { ...plan, decisions: [{ ...decision, horizon: '5Min' }] }
    expect(() => cycleItem.decode({ ...item, plan: changed })).toThrow(StateError)
  })
})

it('refuses compressed state that is damaged or miscounted', () => {
  const cycle = aCycle({}, incompressible(6000))
  const item = cycleItem.encode(cycle)
  const plan = item['plan'] as Record<string, unknown>
  const { count, packed } = plan['decisions'] as { count: number; packed: Uint8Array }
  const withDecisions = (decisions: object) => ({ ...item, plan: { ...plan, decisions } }) as Item
  expect(cycleItem.decode(withDecisions({ count, packed }))).toEqual(cycle)
  expect(() => cycleItem.decode(withDecisions({ count: count + 1, packed }))).toThrow(StateError)
  expect(() => cycleItem.decode(withDecisions({ count, packed: packed.slice(0, 50) }))).toThrow(StateError)
  expect(() => cycleItem.decode(withDecisions({ count, packed: new Uint8Array([1, 2, 3]) }))).toThrow(
    StateError,
  )
  expect(encodedSize(cycle)).toBeGreaterThan(6000)
})
