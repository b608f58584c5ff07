/** A sealed plan of a schema that this code does not know: the lane says so and sends nothing of it. */
import { expect, it } from 'vitest'
import { cycleItem } from '../../lib/adapters/dynamodb/items/cycle-item.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import type { Plan } from '../../lib/domain/plan.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'
import { SOURCE } from '../support/state-samples.ts'

it('is told from a corrupted one when it is read from DynamoDB, in the words of the runbook', async () => {
  const lane = new LaneFixture((clock) => memoryStores(clock))
  await lane.signal()
  await lane.tick()
  for await (const record of lane.stores.lanes.listCycles(LABEL, SOURCE)) {
    const item = cycleItem.encode(record)
    const stored = (schema: number) => ({ ...item, plan: { ...(item['plan'] as object), schema } })
    expect(() => cycleItem.decode(stored(2))).toThrow(/^the sealed plan has schema 2, known is 1$/)
    expect(() => cycleItem.decode(stored(0))).toThrow(/corrupted/)
  }
})

it('halts its lane with the schema that was found', async () => {
  const lane = new LaneFixture((clock) => memoryStores(clock))
  await lane.signal()
  await lane.tick()
  expect(lane.exchange.submissions).toHaveLength(1)
  for await (const record of lane.stores.lanes.listCycles(LABEL, SOURCE)) {
    const plan = { ...record.plan, schema: 99 } as unknown as Plan
    await lane.stores.lanes.sealCycle({ ...record, version: record.version + 1, plan })
    break
  }
  await lane.signal('MSFT')
  expect(await lane.tick()).toMatchObject({ kind: 'halted', reason: expect.stringContaining('99') as string })
  expect(lane.exchange.submissions).toHaveLength(1)
})
