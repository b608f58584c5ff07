/** A stage's report reads its records page by page: what it holds does not grow with them. */
import { describe, expect, it } from 'vitest'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { readLaneRecords } from '../../lib/operations/lane-report.ts'
import type { CycleRecord } from '../../lib/domain/plan.ts'
import type { StateStores } from '../../lib/ports/state-stores.ts'
import { aCycle } from '../support/state-samples.ts'

describe('the records of a lane', () => {
  it('are forgotten one by one', async () => {
    const sample = aCycle()
    const COUNT = 4000
    const lanes = {
      async *listCycles(): AsyncGenerator<CycleRecord> {
        for (let version = 0; version < COUNT; version += 1) {
          const record: CycleRecord = structuredClone(sample)
          // a hundred kilobytes that nobody reads
          yield Object.assign(record, { version, ballast: Array.from({ length: 12_500 }, () => version) })
        }
      },
    } as unknown as StateStores['lanes']
    const executions = { readExecution: async () => null } as unknown as StateStores['executions']
    const before = process.memoryUsage().heapUsed
    const records = await readLaneRecords(
      { lanes, executions },
      { account: accountLabel('paper'), source: 'ta', since: null },
    )
    expect(records?.equity).toHaveLength(COUNT)
    // held, they would be 400 MB
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200_000_000)
  })
})
