/**
 * A deploy may come between a seal and its commit: this version reads what released ones stored, and finishes
 * their half carried-out cycle as it was planned (docs/architecture.md#sealed-plan).
 */
import { inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { NO_NOTES } from '../../lib/domain/lane.ts'
import { instant } from '../../lib/domain/time.ts'
import { decodeTick, encodeTick } from '../../lib/formats/tick-codec.ts'
import { LABEL, LaneFixture } from '../support/lane-fixture.ts'
import {
  RELEASES,
  type ReleasedState,
  intoDynamo,
  intoStores,
  kindOf,
  readReleased,
  unmarshalled,
} from '../support/released-state.ts'
import { type OpenState, STATE_BACKENDS, openDynamoState } from '../support/state-backends.ts'

const BACKENDS = [
  {
    name: 'memory',
    open: async (released: ReleasedState): Promise<OpenState> => {
      const memory = STATE_BACKENDS.find(({ name }) => name === 'memory')
      if (memory === undefined) throw new Error('there is no memory backend')
      const state = await memory.open()
      state.clock.set(instant('2026-02-10T15:00:50Z'))
      await intoStores(released, state.stores)
      return state
    },
  },
  {
    name: 'dynamodb',
    open: async (released: ReleasedState): Promise<OpenState> => {
      const state = await openDynamoState()
      await intoDynamo(released, state)
      return state
    },
  },
]

/** What deflate made of a text may differ between versions of zlib; the text may not. */
function inflated(value: unknown): unknown {
  if (value instanceof Uint8Array) return inflateRawSync(value).toString()
  if (Array.isArray(value)) return value.map(inflated)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, inflated(part)]))
}

describe.each(RELEASES)('state of version %s', (release) => {
  const released = readReleased(release)

  it('is read whole, and written as it was', () => {
    for (const item of released.stored.map(unmarshalled)) {
      const kind = kindOf(item)
      const expiresAt = typeof item['expires_at'] === 'number' ? item['expires_at'] : null
      expect(inflated(kind.encode(kind.decode(item), expiresAt))).toEqual(inflated(item))
    }
    expect(encodeTick(decodeTick(released.tickMessage))).toBe(released.tickMessage)
  })

  it.each(BACKENDS)('has its cycle adopted and finished over $name', async ({ open }) => {
    const state = await open(released)
    const lane = new LaneFixture(() => state.stores)
    lane.exchange.markPrices({ IBM: decimal('200'), MSFT: decimal('50'), NVDA: decimal('200') })
    // a minute later: every claim of the version before is dead
    lane.clock.pass(90)
    state.clock.set(lane.clock.now())
    // what would be planned now is another plan: the sealed one was for orders of 1000
    lane.settings = { ...lane.settings, TRADING_MAX_NOTIONAL_PER_TRADE: '100' }

    expect(await lane.tick()).toEqual({ kind: 'done', cycles: 1, signals: 4, unsettled: 0 })

    // the unanswered order and the claimed one are sent, as nothing of them is at the broker, and the one not begun
    expect(lane.exchange.submissions).toMatchObject([
      { symbol: 'IBM', qty: '5' },
      { symbol: 'MSFT', qty: '20' },
      { symbol: 'NVDA', qty: '5' },
    ])
    const executions = (await lane.executions()).map(({ symbol, state: fate }) => `${symbol} ${fate}`)
    expect(executions.sort()).toEqual(['AAPL accepted', 'IBM accepted', 'MSFT accepted', 'NVDA accepted'])
    const decisions = await lane.decisions()
    expect(decisions.map(({ symbol, outcome }) => [symbol, outcome.kind])).toEqual([
      ['IBM', 'accepted'],
      ['AAPL', 'accepted'],
      ['MSFT', 'accepted'],
      ['NVDA', 'accepted'],
      ['TSLA', 'denied'],
    ])
    expect(await lane.lane()).toEqual({
      accountLabel: LABEL,
      source: 'ta',
      version: 2,
      cursor: 5,
      // the breaker failed once, on MSFT
      circuits: { breaker: { consecutiveErrors: 1, openUntil: null } },
      cooldowns: Object.fromEntries(
        ['AAPL', 'IBM', 'MSFT', 'NVDA'].map((symbol) => [symbol, instant('2026-02-10T15:00:00Z')]),
      ),
      unsettled: [],
      lastTickAt: instant('2026-02-10T15:00:00Z'),
      halted: null,
      // three for the snapshot, a look-up of each order that may have been sent, a POST of each other
      requests: [{ until: lane.clock.now(), count: 8 }],
      notes: NO_NOTES,
    })
    expect(await lane.tick()).toEqual({ kind: 'idle' })
    await state.close()
  })
})
