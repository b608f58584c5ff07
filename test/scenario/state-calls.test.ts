/**
 * What a cycle costs (docs/architecture.md#cycle): an idle one 2 state calls and no broker, one order 8, each further
 * order 4, and one more after signals - counted on the wire of the real client.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dynamoStores } from '../../lib/adapters/dynamodb/stores.ts'
import { openWiredState, type DynamoState } from '../support/state-backends.ts'
import { LaneFixture } from '../support/lane-fixture.ts'

let state: DynamoState
const calls: string[] = []
let lane: LaneFixture

beforeAll(async () => {
  state = await openWiredState()
  const count =
    (next: (input: never) => Promise<never>, context: { commandName?: string }) => (input: never) => {
      calls.push(context.commandName ?? '?')
      return next(input)
    }
  state.client.middlewareStack.add(count as never, { step: 'deserialize', priority: 'low' })
  lane = new LaneFixture((clock) => dynamoStores(state.client, state.names, clock, null))
  await lane.tick() // creates the lane
})
afterAll(() => state.close())
beforeEach(() => {
  calls.length = 0
  lane.connections = 0
  lane.clock.pass(60)
})

describe('a cycle', () => {
  it('makes 2 state calls and no broker call when idle', async () => {
    expect(await lane.tick()).toEqual({ kind: 'idle' })
    expect(calls).toEqual(['GetItemCommand', 'QueryCommand'])
    expect(lane.connections).toBe(0)
  })

  it('makes one more after signals, which takes its note away, and reads the log by one query all the same', async () => {
    lane.upTo = { source: 'ta', position: 0 }
    expect(await lane.tick()).toEqual({ kind: 'idle' })
    expect(calls.toSorted()).toEqual(['GetItemCommand', 'QueryCommand', 'UpdateItemCommand'])
    await lane.signal()
    calls.length = 0
    lane.upTo = { source: 'ta', position: 1 }
    expect(await lane.tick()).toMatchObject({ kind: 'done', cycles: 1, signals: 1 })
    expect(calls).toHaveLength(9)
    lane.upTo = null
  })

  it.each([
    { orders: 1, expected: 8 },
    { orders: 2, expected: 12 },
    { orders: 5, expected: 24 },
  ])('makes $expected state calls with $orders orders', async ({ orders, expected }) => {
    for (let order = 0; order < orders; order += 1) await lane.signal()
    calls.length = 0
    const before = lane.exchange.submissions.length
    expect(await lane.tick()).toMatchObject({ kind: 'done', cycles: 1, signals: orders })
    expect(lane.exchange.submissions.length - before).toBe(orders)
    expect(calls).toHaveLength(expected)
  })
})
