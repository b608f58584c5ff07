/** An account whose strategies are so many that a plan of one signal is a long one: its lane goes on all the same. */
import { describe, expect, it } from 'vitest'
import { STATE_BACKENDS } from '../support/state-backends.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'
import { BUY } from '../support/plan-fixtures.ts'
import { aStrategy } from '../support/strategy-fixtures.ts'

const STRATEGIES = 500

describe.each(STATE_BACKENDS)('a lane on $name', ({ open }) => {
  it(`stores what each of ${STRATEGIES} strategies decided on one signal, and moves on`, async () => {
    const state = await open()
    try {
      const lane = new LaneFixture(() => state.stores)
      state.clock.set(lane.clock.now())
      lane.settings = { ...lane.settings, TRADING_STRATEGY_RUNTIME_MODE: 'legacy' }
      await lane.signal('AAPL', '100', BUY)
      lane.strategies = Array.from({ length: STRATEGIES }, (_, n) => aStrategy(`momentum-${n}`))
      const outcome = await lane.tick()
      expect(outcome).toEqual({ kind: 'done', cycles: 1, signals: 1, unsettled: 0 })
      expect(await lane.decisions()).toHaveLength(STRATEGIES)
      // at most so many orders a cycle, unless configured otherwise
      expect(lane.exchange.orders(LABEL)).toHaveLength(20)
      expect(await lane.lane()).toMatchObject({ version: 1, cursor: 1 })
    } finally {
      await state.close()
    }
  })
})
