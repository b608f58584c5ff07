/**
 * A signal that is sent again after retention forgot it gets a new position and decides under the id of before
 * (docs/architecture.md#carry-out): what was decided then stands, and the lane goes on.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { signalId } from '../../lib/domain/ids.ts'
import type { Signal } from '../../lib/domain/signal.ts'
import type { SignalLog } from '../../lib/ports/signal-log.ts'
import { LaneFixture } from '../support/lane-fixture.ts'
import { type OpenState, STATE_BACKENDS } from '../support/state-backends.ts'

/** A log that has forgotten every marker: whatever is appended gets the next position. */
class ForgetfulLog implements SignalLog {
  readonly #signals: Signal[] = []
  async append(signal: Signal) {
    return { kind: 'appended' as const, position: this.#signals.push(signal) }
  }
  async find() {
    return null
  }
  async readAfter(_source: string, cursor: number, limit: number) {
    const rows = this.#signals.map((signal, index) => ({
      position: index + 1,
      signalId: signalId(signal),
      signal,
    }))
    return { signals: rows.slice(cursor, cursor + limit), expired: null }
  }
  async readHistory() {
    return []
  }
  async end() {
    return this.#signals.length
  }
}

describe.each(STATE_BACKENDS)('a signal sent again after its marker expired, on $name', ({ open }) => {
  let state: OpenState
  let lane: LaneFixture
  beforeEach(async () => {
    state = await open()
    lane = new LaneFixture(() => ({ ...state.stores, signals: new ForgetfulLog() }))
  })
  afterEach(() => state.close())

  it('leaves the decision of before standing, sends nothing, and wedges no lane', async () => {
    const signal = {
      eventTs: lane.clock.now(),
      symbol: 'AAPL',
      timeframe: '1Min',
      seq: 1,
      source: 'ta',
      ingestTs: null,
      payload: { price: '100', macd: '1', macd_signal: '0', rsi14: '50' },
    }
    lane.settings = { ...lane.settings, TRADING_SIGNAL_MAX_AGE_SECONDS: '999999' }
    lane.exchange.markPrices({ AAPL: decimal('100') })
    await lane.stores.signals.append(signal)
    await lane.tick()
    const before = await lane.decisions()
    expect(lane.exchange.submissions).toHaveLength(1)

    lane.clock.pass(600)
    await lane.stores.signals.append(signal)
    expect(await lane.tick()).toMatchObject({ kind: 'done', cycles: 1, signals: 1, unsettled: 0 })

    expect(await lane.lane()).toMatchObject({ version: 2, cursor: 2 })
    expect(await lane.decisions()).toEqual(before)
    expect(lane.exchange.submissions).toHaveLength(1)
    expect(lane.telemetry.total('decisions_standing_total')).toBe(1)
    expect(await lane.tick()).toEqual({ kind: 'idle' })
  })
})
