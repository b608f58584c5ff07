/**
 * How many calls each port's method makes to DynamoDB (docs/architecture.md#cycle: 8 for a cycle with one
 * order).
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CallCounter, countCalls } from '../support/call-counter.ts'
import { asAlpacaOrderId } from '../../lib/domain/ids.ts'
import { type DynamoState, openWiredState } from '../support/state-backends.ts'
import {
  ALPHA,
  SOURCE,
  aCycle,
  aDecision,
  aLane,
  aSignal,
  anExecution,
  anOrderEvent,
} from '../support/state-samples.ts'

describe('calls to DynamoDB', () => {
  let state: DynamoState
  let calls: CallCounter
  beforeAll(async () => {
    state = await openWiredState()
    calls = countCalls(state.client)
  })
  afterAll(() => state.close())
  beforeEach(() => calls.reset())

  it('makes one per step of a cycle with an order', async () => {
    const { lanes, signals, decisions, executions } = state.stores
    await lanes.createLane(aLane())
    await signals.append(aSignal(1))
    const execution = anExecution()
    const steps: [string, () => Promise<unknown>, string][] = [
      ['lane', () => lanes.readLane(ALPHA, SOURCE), 'GetItem'],
      ['signals', () => signals.readAfter(SOURCE, 0, 500, state.clock.now()), 'Query'],
      ['seal', () => lanes.sealCycle(aCycle()), 'PutItem'],
      ['decision', () => decisions.putDecision(aDecision()), 'PutItem'],
      ['claim', () => executions.createExecution(execution), 'PutItem'],
      [
        'pointer',
        () => executions.putPointer(ALPHA, asAlpacaOrderId('o-1'), execution.clientOrderId),
        'PutItem',
      ],
      [
        'answer',
        () => executions.updateExecution({ ...execution, state: 'accepted', revision: 2 }),
        'PutItem',
      ],
      ['commit', () => lanes.commit(aLane({ version: 1, cursor: 1 })), 'UpdateItem'],
    ]
    for (const [step, run, operation] of steps) {
      calls.reset()
      await run()
      expect({ step, ...calls.byOperation() }).toEqual({ step, [operation]: 1 })
    }
  })

  it('makes one for an order event and for an idle look at the log', async () => {
    await state.stores.orderEvents.appendEvent(ALPHA, 'o-1', 'f1', anOrderEvent())
    expect(calls.total()).toBe(1)
    await state.stores.signals.readAfter(SOURCE, 1, 500, state.clock.now())
    expect(calls.total()).toBe(2)
  })

  it('makes four to append a signal once the log is known: marker, high-water mark, row, history', async () => {
    await state.stores.signals.append(aSignal(2))
    calls.reset()
    await state.stores.signals.append(aSignal(3))
    expect(calls.byOperation()).toEqual({ PutItem: 4 })
  })
})
