/**
 * The deployed lane's handler: what it tells the library of its invocation (deadline, deliveries), whose key it trades
 * with, and that what its broker sends is counted.
 */
import type { Context, SQSEvent } from 'aws-lambda'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dynamoStores } from '../../lib/adapters/dynamodb/stores.ts'
import { encodeTick } from '../../lib/formats/tick-codec.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import type { StrategyDefinition } from '../../lib/domain/strategy-definition.ts'
import { asEpochMs, floorToMinute } from '../../lib/domain/time.ts'
import { catalogHash } from '../../lib/strategy/compile.ts'
import { type FunctionServices, serveFunction } from '../support/function-services.ts'
import { BETA, HandClock, openExchange, type TestExchange } from '../support/paper-exchange-fixture.ts'
import { aStrategy } from '../support/strategy-fixtures.ts'
import { aSignal } from '../support/state-samples.ts'

const FLAGS = '/torghut/dev/flags'
const REMAINING_MS = 40_000
const STRATEGIES: readonly StrategyDefinition[] = [aStrategy('trend')]
const SETTINGS = {
  TRADING_ENABLED: 'true',
  TRADING_CALENDAR: 'always',
  TRADING_SIGNAL_START: 'earliest',
  TRADING_KILL_SWITCH_ENABLED: 'false',
}

let services: FunctionServices
let exchange: TestExchange

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
  const stores = dynamoStores(dynamo, { state: 'state', signals: 'signals' }, clock, 30)
  await stores.catalog.apply({ hash: catalogHash(STRATEGIES), strategies: STRATEGIES })
  await stores.signals.append(
    aSignal(1, {
      eventTs: floorToMinute(asEpochMs(Date.now())),
      timeframe: '1Min',
      payload: { price: 100, macd: 1, macd_signal: 0, rsi14: 20 },
    }),
  )
})
afterEach(async () => {
  await exchange.stop()
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  vi.resetModules()
})

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
    settings: SETTINGS,
    killSwitchOn: false,
    admitted: true,
    upTo: null,
    catalogHash: catalogHash(STRATEGIES),
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
