/** `torghut decisions` by page: what a limit leaves out is the older part of the same list, and is not read. */
import { describe, expect, it } from 'vitest'
import { dynamoStores } from '../../lib/adapters/dynamodb/stores.ts'
import { collect } from '../../lib/domain/collect.ts'
import type { StateError } from '../../lib/domain/errors.ts'
import { type DecisionQuery, listDecisions } from '../../lib/operations/decision-list.ts'
import type { DecisionRow } from '../../lib/operations/decision-row.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'
import { SimulatedDynamoClient } from '../support/simulated-dynamodb/client.ts'
import { SimulatedTable } from '../support/simulated-dynamodb/table.ts'
import { STATE_BACKENDS } from '../support/state-backends.ts'

const SIGNALS = 12

function fail(why: StateError): never {
  throw why
}

describe.each(STATE_BACKENDS)('decisions listed from $name', ({ open }) => {
  it('are the newest ones with a limit, all of them without, and those that are wanted', async () => {
    const state = await open()
    try {
      const lane = new LaneFixture(() => state.stores)
      state.clock.set(lane.clock.now())
      for (let signal = 0; signal < SIGNALS; signal += 1) {
        await lane.signal(signal % 3 === 0 ? 'MSFT' : 'AAPL')
        await lane.tick()
        lane.clock.pass(60)
      }
      const list = async (changes: Partial<DecisionQuery>): Promise<readonly DecisionRow[]> => {
        const query = {
          account: LABEL,
          source: 'ta',
          since: null,
          limit: null,
          isWanted: () => true,
          unreadable: fail,
          ...changes,
        }
        return (await collect(listDecisions(state.stores, query))).flatMap(({ rows }) => rows)
      }
      const all = await list({})
      expect(all.map(({ position }) => position)).toEqual(Array.from({ length: SIGNALS }, (_, n) => n + 1))
      expect(await list({ limit: 5 })).toEqual(all.slice(-5))
      expect(await list({ limit: 99 })).toEqual(all)
      const isWanted = ({ symbol }: DecisionRow) => symbol === 'MSFT'
      expect(await list({ limit: 3, isWanted })).toEqual(all.filter(isWanted).slice(-3))
      const since = all[8]?.eventTs ?? null
      expect(await list({ limit: 99, since })).toEqual(await list({ since }))
      expect((await list({ since })).length).toBeLessThan(SIGNALS)
      expect(all.some(({ decision }) => (decision?.order ?? null) !== null)).toBe(true)
    } finally {
      await state.close()
    }
  })
})

it('are listed without a cycle of a newer version of the code, which is told of', async () => {
  const [state, signals] = [new SimulatedTable('state'), new SimulatedTable('signals')]
  const client = new SimulatedDynamoClient([state, signals], async ({ perform }) =>
    perform(Date.now(), Infinity),
  ).asClient()
  const lane = new LaneFixture((clock) =>
    dynamoStores(client, { state: 'state', signals: 'signals' }, clock, null),
  )
  for (const symbol of ['AAPL', 'MSFT', 'AAPL']) {
    await lane.signal(symbol)
    await lane.tick()
    lane.clock.pass(60)
  }
  const [pk, sk] = [{ S: `account#${LABEL}` }, { S: 'cycle#ta#000000000001' }]
  state.set(pk, sk, { ...state.get(pk, sk), schema: { N: '99' } }, Date.now())
  for (const limit of [null, 10]) {
    const told: string[] = []
    const pages = await collect(
      listDecisions(lane.stores, {
        account: LABEL,
        source: 'ta',
        since: null,
        limit,
        isWanted: () => true,
        unreadable: ({ message }) => told.push(message),
      }),
    )
    expect(pages.flatMap(({ rows }) => rows.map(({ position }) => position))).toEqual([1, 3])
    expect(told).toEqual([expect.stringMatching(/schema.*99/)])
  }
})
