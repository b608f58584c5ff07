/**
 * The deployed lane's handler: what it tells the library of its invocation (deadline, deliveries), whose key it trades
 * with, that what its broker sends is counted, and what becomes of that which plugins leave behind.
 */
import type { Context, SQSEvent } from 'aws-lambda'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dynamoStores } from '../../lib/adapters/dynamodb/stores.ts'
import { encodeTick } from '../../lib/formats/tick-codec.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import type { StrategyDefinition } from '../../lib/domain/strategy-definition.ts'
import { asEpochMs, floorToMinute } from '../../lib/domain/time.ts'
import { catalogHash } from '../../lib/strategy/compile.ts'
import { type FunctionServices, serveFunction } from '../support/function-services.ts'
import { BETA, HandClock, openExchange, type TestExchange } from '../support/paper-exchange-fixture.ts'
import { BUY_INTENT, aStrategy, definitionWith, pluginGiving } from '../support/strategy-fixtures.ts'
import { aSignal } from '../support/state-samples.ts'

const FLAGS = '/torghut/dev/flags'
const REMAINING_MS = 40_000
const STRATEGIES: readonly StrategyDefinition[] = [aStrategy('trend')]
const SETTINGS: Readonly<Record<string, string>> = {
  TRADING_ENABLED: 'true',
  TRADING_CALENDAR: 'always',
  TRADING_SIGNAL_START: 'earliest',
  TRADING_KILL_SWITCH_ENABLED: 'false',
  // a machine that does much else may keep an honest plugin so long
  TRADING_PLUGIN_BUDGET_MS: '2000',
}

let services: FunctionServices
let exchange: TestExchange
let stores: ReturnType<typeof dynamoStores>
let strategies = STRATEGIES
let settings = SETTINGS

beforeEach(async () => {
  services = serveFunction('lane')
  exchange = await openExchange({
    clock: new HandClock(asEpochMs(Date.now())),
    alwaysOpen: true,
    prices: { AAPL: decimal('100') },
  })
  const { parameters, dynamo } = services
  for (const label of ['alpha', 'beta']) {
    const key = { key_id: `key-${label}`, secret_key: `secret-${label}` }
    parameters.set(`/torghut-credentials/dev/${label}`, JSON.stringify(key))
  }
  for (const [name, value] of Object.entries(SETTINGS)) parameters.set(`${FLAGS}/${name}`, value)
  const accounts = [{ label: 'alpha' }, { label: 'beta', base_url: exchange.baseUrl }]
  parameters.set(`${FLAGS}/TRADING_ACCOUNTS_JSON`, JSON.stringify(accounts))
  const clock = { now: () => asEpochMs(Date.now()), monotonic: () => performance.now() as never }
  strategies = STRATEGIES
  settings = SETTINGS
  stores = dynamoStores(dynamo, { state: 'state', signals: 'signals' }, clock, 30)
  await stores.catalog.apply({ hash: catalogHash(STRATEGIES), strategies: STRATEGIES })
  await signal(1)
})
afterEach(async () => {
  await exchange.stop()
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  vi.resetModules()
})

function signal(seq: number): Promise<unknown> {
  return stores.signals.append(
    aSignal(seq, {
      eventTs: floorToMinute(asEpochMs(Date.now())),
      timeframe: '1Min',
      payload: { price: 100, macd: 1, macd_signal: 0, rsi14: 20 },
    }),
  )
}

async function deliver(tickAt: number, receives: number): Promise<unknown> {
  const { handler } = await import('../../functions/lane.ts')
  const body = encodeTick({
    kind: 'cycle',
    tickAt: floorToMinute(asEpochMs(tickAt)),
    account: {
      label: BETA,
      enabled: true,
      target: { mode: 'paper', baseUrl: exchange.baseUrl },
      strategies: null,
    },
    settings,
    killSwitchOn: false,
    admitted: true,
    upTo: null,
    catalogHash: catalogHash(strategies),
  })
  const event = { Records: [{ body, attributes: { ApproximateReceiveCount: String(receives) } }] }
  const context = { functionName: 'lane', getRemainingTimeInMillis: () => REMAINING_MS } as Context
  return (handler as unknown as (event: SQSEvent, context: Context) => Promise<unknown>)(
    event as unknown as SQSEvent,
    context,
  )
}

const items = (kind: string) => services.written.filter(({ sk }) => sk?.S?.startsWith(kind) === true)

describe('a tick', () => {
  it("trades with the account's own key, under a claim that ends with the invocation", async () => {
    const before = Date.now()
    expect(await deliver(before, 1)).toMatchObject([{ account: 'beta', kind: 'cycle' }])
    expect(exchange.account(BETA).orders.size).toBe(1)
    const [claimed] = items('executions#')
    const diesAt = Date.parse(claimed?.['claim']?.M?.['dies_at']?.S ?? '')
    expect(diesAt).toBeGreaterThanOrEqual(before + REMAINING_MS)
    expect(diesAt).toBeLessThanOrEqual(Date.now() + REMAINING_MS)
  })

  it('is counted with all that it sent to the broker', async () => {
    await deliver(Date.now(), 1)
    const lane = items('trade_cursor#').at(-1)
    // open orders, account, positions, the order
    expect(lane?.['requests']?.L?.map((sent) => sent.M?.['count']?.N)).toEqual(['4'])
  })

  it('that is old is dropped, unless it was delivered before', async () => {
    const old = Date.now() - 10 * 60_000
    expect(await deliver(old, 1)).toMatchObject([{ kind: 'too_old' }])
    expect(await deliver(old, 2)).toMatchObject([{ kind: 'cycle' }])
  })
})

/** As a module of plugins may keep it when it is loaded. */
const timer = setTimeout
const EVENTS = ['unhandledRejection', 'uncaughtException'] as const

const LEAVING: readonly (readonly [what: string, leave: () => void])[] = [
  ['a promise that is rejected', () => void Promise.reject(new Error('left behind'))],
  ['a promise that is rejected when it was awaited', () => void lateRejection()],
  [
    'a timer that throws',
    () => {
      timer(() => {
        throw new Error('left behind')
      }, 1)
    },
  ],
]

async function lateRejection(): Promise<void> {
  await delay(1)
  throw new Error('left behind')
}

describe('a plugin that leaves', () => {
  const others = EVENTS.map((event) => [event, process.listeners(event as 'uncaughtException')] as const)
  const ended = vi.fn()

  beforeEach(() => {
    ended.mockClear()
    for (const event of EVENTS) process.removeAllListeners(event)
    // as Lambda's runtime does before it loads the function
    for (const event of EVENTS) process.on(event, ended)
  })
  afterEach(() => {
    vi.doUnmock('../../plugins/index.ts')
    for (const [event, listeners] of others) {
      process.removeAllListeners(event)
      for (const listener of listeners) process.on(event, listener)
    }
  })

  async function askedBoth(leave: () => void): Promise<readonly unknown[]> {
    const plugins = [
      pluginGiving('honest', () => BUY_INTENT),
      pluginGiving('hostile', () => {
        leave()
        return BUY_INTENT
      }),
    ]
    vi.doMock('../../plugins/index.ts', () => ({ plugins, indicators: [] }))
    strategies = [definitionWith('a', 'honest'), definitionWith('b', 'hostile')]
    settings = {
      ...SETTINGS,
      TRADING_STRATEGY_RUNTIME_MODE: 'plugin_v3',
      TRADING_STRATEGY_RUNTIME_FALLBACK_LEGACY: 'false',
    }
    await stores.catalog.apply({ hash: catalogHash(strategies), strategies })
    const first = await deliver(Date.now(), 1)
    await delay(30)
    await signal(2)
    return [first, await deliver(Date.now(), 1)]
  }

  it.each(LEAVING)(
    '%s is named, ends no process, and is not asked with the next signal',
    async (_, leave) => {
      const outcomes = await askedBoth(leave)
      const done = [{ account: 'beta', kind: 'cycle', run: { kind: 'done', cycles: 1 } }]
      expect(outcomes).toMatchObject([done, done])
      expect(ended).not.toHaveBeenCalled()
      const said = services.logged.filter((line) => line.includes('left behind has failed'))
      expect(said.map((line) => JSON.parse(line) as unknown)).toMatchObject([
        { strategy_id: 'b', detail: 'Error: left behind', level: 'ERROR' },
      ])
      const sources = items('trade_decisions#').map((item) => item['source_strategy_ids']?.L)
      expect(sources.map((ids) => ids?.map(({ S }) => S))).toEqual([['a', 'b'], ['a']])
      // its circuit is open
      expect(JSON.stringify(items('trade_cursor#').at(-1)?.['circuits'])).toMatch(/"b".*open_until/)
      expect(services.logged.join('\n')).toMatch(/"reason": ?"plugin_timeout"/)
    },
  )

  it('nothing keeps the runtime’s own listeners, which hear of what no plugin left', async () => {
    await askedBoth(() => {})
    void Promise.reject(new Error('ours'))
    await delay(5)
    expect(ended).toHaveBeenCalledOnce()
    expect(services.logged.filter((line) => line.includes('left behind'))).toEqual([])
  })

  it('is not held to be asked still when it was stopped', async () => {
    await askedBoth(() => {
      for (;;);
    })
    void Promise.reject(new Error('ours'))
    await delay(5)
    expect(ended).toHaveBeenCalledOnce()
  })
})
