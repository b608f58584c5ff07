/** A sealed plan of a schema that this code does not know: the lane says so and sends nothing of it. */
import { expect, it } from 'vitest'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import type { Plan } from '../../lib/domain/plan.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'
import { SOURCE } from '../support/state-samples.ts'

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
