/**
 * Whatever comes in at an entrance is taken or refused with a reason: no uncaught error, no side effect of what is
 * refused. 100,000 messages at each, from a seed that `TORGHUT_FUZZ_SEED` sets.
 */
import { describe, expect, it } from 'vitest'
import { MemoryQuarantine } from '../support/memory-quarantine.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { accountLabel } from '../../lib/domain/account-label.ts'
import { ConfigurationError } from '../../lib/domain/errors.ts'
import { asEpochMs, asMonotonicMs } from '../../lib/domain/time.ts'
import { parseAccounts } from '../../lib/flags/account-registry.ts'
import { resolveFleet } from '../../lib/flags/fleet.ts'
import { parseSettings } from '../../lib/flags/parse-settings.ts'
import { parseStrategies } from '../../lib/formats/strategies-file.ts'
import { decodeTick } from '../../lib/formats/tick-codec.ts'
import { parseBars } from '../../lib/market/bars-file/parse-bars.ts'
import { applyTradeUpdate } from '../../lib/orders/order-feed/apply.ts'
import { ingestMessage } from '../../lib/signals/ingest-message.ts'
import { BAR_SIGNAL, CUSTOM_SIGNAL, SIGNAL, spoilt, spoiltText, tornText } from '../support/fuzz.ts'
import { Stream } from './sim/random.ts'

const MESSAGES = 100_000
const SEED = Number(process.env['TORGHUT_FUZZ_SEED'] ?? 20_260_210)
const clock = { now: () => asEpochMs(Date.UTC(2026, 1, 11)), monotonic: () => asMonotonicMs(0) }
const silent = { count: () => {}, measure: () => {}, record: () => {} }

const UPDATE = {
  channel: 'trade_updates',
  account_label: 'alpha',
  seq: 3,
  payload: {
    event: 'partial_fill',
    timestamp: '2026-02-10T14:30:00.123456789Z',
    order: { id: 'o-1', client_order_id: 'tg-1', symbol: 'AAPL', side: 'buy', qty: '10', filled_qty: '4' },
  },
}
/** In an envelope, in the stream's own, by itself, and of a topic of one account. */
const UPDATES = [
  UPDATE,
  { stream: 'trade_updates', data: { ...UPDATE.payload, account_label: 'alpha' } },
  { ...UPDATE.payload, account_label: 'alpha', seq: 4 },
  { channel: UPDATE.channel, seq: UPDATE.seq, payload: UPDATE.payload },
]
const TICK = {
  schema: 1,
  kind: 'cycle',
  tick_at: '2026-02-10T14:30:00Z',
  account: {
    label: 'alpha',
    enabled: true,
    mode: 'paper',
    base_url: 'https://paper-api.alpaca.markets',
    strategies: ['s'],
  },
  settings: { TRADING_ENABLED: 'true' },
  kill_switch_on: false,
  catalog_hash: 'c'.repeat(64),
}
const REGISTRY = {
  accounts: [
    { label: 'alpha', mode: 'paper', enabled: true },
    { label: 'beta', strategies: ['s'] },
  ],
}
const FLAGS = {
  TRADING_ENABLED: 'true',
  TRADING_KILL_SWITCH_ENABLED: 'false',
  TRADING_MAX_POSITION_PCT_EQUITY: '0.1',
  TRADING_STATIC_SYMBOLS: 'AAPL,BTC/USD',
  'accounts/alpha/TRADING_KILL_SWITCH_ENABLED': 'false',
  'features/torghut_trading_multi_account_enabled': 'torghut:alpha',
}
const STRATEGIES = [
  {
    id: 'one',
    name: 'First',
    strategy_type: 'intraday_tsmom',
    version: '1.1.0',
    enabled: true,
    base_timeframe: '1Min',
    universe_symbols: ['SPY'],
    params: { max_notional_per_trade: '1000', max_position_pct_equity: 0.02 },
  },
]
const BARS = [
  'timestamp,symbol,open,high,low,close,volume',
  '2024-02-28T00:00:00Z,AAPL,10,11,9,10.5,100',
  '2024-02-29T00:00:00Z,AAPL,10.5,11,10,10.75,200',
  '',
].join('\n')

/** Runs a reader on each message; returns how many it took. Refusals must say what, where, and what is allowed. */
function read(name: string, make: (random: Stream) => () => unknown): number {
  const random = new Stream(SEED)
  let taken = 0
  for (let index = 0; index < MESSAGES; index += 1) {
    const attempt = make(random)
    try {
      attempt()
      taken += 1
    } catch (error) {
      if (!(error instanceof ConfigurationError)) {
        throw new Error(`${name}: message ${index} of seed ${SEED} was not refused in words`, {
          cause: error,
        })
      }
      const { violations } = error
      const isSaid = violations.every(
        ({ path, found, allowed }) => path !== '' && found !== '' && allowed !== '',
      )
      if (violations.length === 0 || !isSaid) {
        throw new Error(`${name}: message ${index} of seed ${SEED} was refused without a reason`, {
          cause: error,
        })
      }
    }
  }
  return taken
}

describe('whatever comes in', { timeout: 900_000 }, () => {
  const settings = parseSettings({})

  it.each<[string, (random: Stream) => () => unknown]>([
    ['ticks', (random) => decoded(decodeTick, spoiltText(TICK, random))],
    [
      'account registries',
      (random) => decoded((text) => parseAccounts(text, settings), spoiltText(REGISTRY, random)),
    ],
    [
      'flags',
      (random) => {
        const spoiltFlags = spoilt(FLAGS, random)
        const flags = Object.fromEntries(
          Object.entries(typeof spoiltFlags === 'object' && spoiltFlags !== null ? spoiltFlags : {}).map(
            ([name, value]) => [name, typeof value === 'string' ? value : 'ture'],
          ),
        )
        return () => resolveFleet({}, flags)
      },
    ],
    [
      'strategies files',
      (random) => decoded((text) => parseStrategies(text, 's.json'), spoiltText(STRATEGIES, random)),
    ],
    ['bars files', (random) => decoded((text) => parseBars(text, 'b.csv'), tornText(BARS, random))],
  ])('as %s is read or refused with the reason', (name, make) => {
    const taken = read(name, make)
    expect(taken).toBeGreaterThan(MESSAGES / 100)
    expect(taken).toBeLessThan(MESSAGES)
  })

  it('as signals is stored or quarantined, each with its reason', async () => {
    const random = new Stream(SEED)
    const { signals } = memoryStores(clock)
    const counts = { taken: 0, quarantined: 0 }
    for (let index = 0; index < MESSAGES; index += 1) {
      const quarantine = new MemoryQuarantine()
      const delivery = {
        text: spoiltText(random.pick([SIGNAL, BAR_SIGNAL, CUSTOM_SIGNAL]), random),
        origin: 'ta',
        redelivered: false,
        remainingMs: () => 30_000,
      }
      const summary = await ingestMessage(delivery, { clock, signals, quarantine, telemetry: silent })
      counts.taken += summary.appended + summary.duplicates
      counts.quarantined += summary.quarantined
      // records that are equal to the letter are kept once
      const kept = quarantine.all().length
      if (kept > summary.quarantined || (kept === 0) !== (summary.quarantined === 0)) {
        throw new Error(`message ${index} of seed ${SEED}`)
      }
      if (quarantine.all().some(({ reason }) => reason === '')) throw new Error(`no reason: message ${index}`)
    }
    expect(counts.taken).toBeGreaterThan(MESSAGES / 100)
    expect(counts.quarantined).toBeGreaterThan(MESSAGES / 100)
  })

  it('as trade updates is applied, parked or dropped; what is dropped leaves no trace', async () => {
    const random = new Stream(SEED)
    const stores = memoryStores(clock)
    let touched = 0
    const events = {
      ...stores.orderEvents,
      appendEvent: async (...row: Parameters<typeof stores.orderEvents.appendEvent>) => {
        touched += 1
        return stores.orderEvents.appendEvent(...row)
      },
      listEvents: stores.orderEvents.listEvents.bind(stores.orderEvents),
    }
    const kinds = new Map<string, number>()
    for (let index = 0; index < MESSAGES; index += 1) {
      touched = 0
      const outcome = await applyTradeUpdate(
        {
          topic: random.chance(0.5) ? 'torghut.trade-updates.v1' : 'torghut.trade-updates.v2',
          value: spoiltText(random.pick(UPDATES), random),
          defaultAccountLabel: accountLabel('alpha'),
        },
        {
          executions: stores.executions,
          events,
          unmatched: stores.unmatchedOrders,
          clock,
          telemetry: silent,
          knowsAccount: async (label) => label === 'alpha',
        },
      )
      kinds.set(outcome.kind, (kinds.get(outcome.kind) ?? 0) + 1)
      const leavesNone = outcome.kind === 'dropped' || outcome.kind === 'quarantined'
      if (leavesNone !== (touched === 0)) throw new Error(`message ${index} of seed ${SEED}: ${outcome.kind}`)
    }
    expect([...kinds.keys()].toSorted()).toEqual(['buffered', 'dropped', 'quarantined'])
  })
})

function decoded(decode: (text: string) => unknown, text: string): () => unknown {
  return () => decode(text)
}
