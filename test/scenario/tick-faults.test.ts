/**
 * Ticks as the lane function handles them, with the real broker adapter against a paper exchange that misbehaves:
 * a lane's faults stay its own (docs/architecture.md#faults-stay-local), and nothing secret is ever written.
 */
import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics } from '@aws-lambda-powertools/metrics'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AlpacaGateway } from '../../lib/adapters/alpaca/gateway.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import { PowertoolsTelemetry } from '../../lib/adapters/powertools/telemetry.ts'
import { accountLabel, type AccountLabel } from '../../lib/domain/account-label.ts'
import type { BrokerCredentials } from '../../lib/domain/account.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { plusSeconds } from '../../lib/domain/time.ts'
import { handleTick, type TickOutcome } from '../../lib/lanes/handle-tick.ts'
import { laneWiring, type LanePorts } from '../../lib/lanes/lane-wiring.ts'
import { encodeTick } from '../../lib/formats/tick-codec.ts'
import type { FaultKind, RouteName } from '../../lib/exchange/faults.ts'
import type { StateStores } from '../../lib/ports/state-stores.ts'
import { catalogHash } from '../../lib/strategy/compile.ts'
import { builtinRegistry } from '../../lib/strategy/registry.ts'
import { flagSource } from '../support/flag-readings.ts'
import { HandClock, session, TestExchange } from '../support/paper-exchange-fixture.ts'
import { alwaysBuys, buyEverything } from '../support/always-buys.ts'

const CANARY = 'CANARY-7c1e'
const settings = {
  TRADING_STRATEGY_RUNTIME_MODE: 'plugin_v3',
  TRADING_ENABLED: 'true',
  TRADING_KILL_SWITCH_ENABLED: 'false',
  TRADING_SIGNAL_START: 'earliest',
}
const labels = ['alpha', 'beta', 'gamma'].map((label) => accountLabel(label))

let exchange: TestExchange
let stores: StateStores
let clock: HandClock
const written: string[] = []

beforeEach(async () => {
  clock = new HandClock('2012-01-03T14:31:00Z')
  stores = memoryStores(clock, null)
  exchange = await TestExchange.open({
    clock,
    accounts: labels.map((label) => ({ label, ...keyOf(label), cash: decimal('100000') })),
  })
  exchange.openSession(session('2012-01-03', { AAPL: '58' }))
  written.length = 0
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk: string | Uint8Array) => {
      written.push(String(chunk))
      return true
    })
  }
})
afterEach(async () => {
  vi.restoreAllMocks()
  await exchange.stop()
})

function keyOf(label: AccountLabel): BrokerCredentials {
  return { keyId: `${CANARY}-key-${label}`, secret: `${CANARY}-secret-${label}` }
}

async function signal(): Promise<void> {
  await stores.signals.append({
    eventTs: clock.now(),
    symbol: 'AAPL',
    timeframe: '1Min',
    seq: clock.now() / 1000,
    source: 'ta',
    ingestTs: null,
    payload: { price: '58', macd: '1', macd_signal: '0', rsi14: '50' },
  })
}

function tick(
  label: AccountLabel,
  credentials = async () => keyOf(label),
  timeoutMs = 8000,
): Promise<TickOutcome> {
  const account = {
    label,
    enabled: true,
    target: { mode: 'paper', baseUrl: exchange.baseUrl },
    strategies: null,
  } as const
  const body = encodeTick({
    kind: 'cycle',
    tickAt: clock.now(),
    account,
    settings,
    killSwitchOn: false,
    admitted: true,
    upTo: null,
    catalogHash: catalogHash(buyEverything),
  })
  const metrics = new Metrics({ serviceName: 'lane', namespace: 'Torghut' })
  const telemetry = new PowertoolsTelemetry(new Logger({ serviceName: 'lane' }), metrics)
  const deadline = plusSeconds(clock.now(), 50)
  const ports: LanePorts = {
    ...stores,
    catalog: {
      currentHash: async () => catalogHash(buyEverything),
      readRevision: async (hash) => ({ hash, strategies: buyEverything }),
    },
    registry: builtinRegistry([alwaysBuys]),
    environment: { TRADING_ACCOUNTS_JSON: JSON.stringify([{ label, base_url: exchange.baseUrl }]) },
    flags: flagSource(clock, () => settings),
    gateway: () => new AlpacaGateway({ credentials, timeoutMs }),
    randomness: { token: () => `token-${label}` },
    clock,
    telemetry,
    codeVersion: 'test',
  }
  const wire = laneWiring(ports)
  const outcome = handleTick({ body, receiveCount: 1 }, ports, (message) =>
    wire(message, { deadline, time: { totalMs: 50_000, remainingMs: () => 50_000 } }),
  )
  return outcome.finally(() => metrics.publishStoredMetrics())
}

async function everythingStored(): Promise<string> {
  const all: unknown[] = [...written]
  for (const label of labels) {
    for await (const execution of stores.executions.listExecutions(label)) all.push(execution)
    for await (const decision of stores.decisions.listDecisions(label)) all.push(decision)
    for await (const cycle of stores.lanes.listCycles(label, 'ta')) all.push(cycle)
    all.push(await stores.lanes.readLane(label, 'ta'))
  }
  return JSON.stringify(all, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
}

describe('three lanes, one of which fails', () => {
  it('costs the others no cycle', async () => {
    const [alpha, beta, gamma] = labels as [AccountLabel, AccountLabel, AccountLabel]
    for (const minute of ['31', '32', '33']) {
      clock.set(`2012-01-03T14:${minute}:00Z`)
      await signal()
      const failing = tick(beta, () => Promise.reject(new Error('no credentials')))
      const [first, second, third] = await Promise.all([tick(alpha), failing, tick(gamma)])
      expect(first).toMatchObject({ kind: 'cycle', run: { kind: 'done', signals: 1 } })
      expect(second).toMatchObject({ kind: 'failed' })
      expect(third).toMatchObject({ kind: 'cycle', run: { kind: 'done', signals: 1 } })
    }
    expect(exchange.orders(alpha)).toHaveLength(3)
    expect(exchange.orders(beta)).toHaveLength(0)
    expect(exchange.orders(gamma)).toHaveLength(3)
  })
})

describe('secrets', () => {
  const routes: readonly RouteName[] = [
    'GET /v2/account',
    'POST /v2/orders',
    'GET /v2/orders:by_client_order_id',
  ]
  const kinds: readonly FaultKind[] = [
    'timeout_before_accept',
    'disconnect_after_accept',
    '401',
    '403',
    '422',
    '429',
    '500_after_accept',
    'malformed_after_accept',
    'gateway_404',
  ]
  it.each(routes)('never appear in records, metrics or state when %s goes wrong', async (on) => {
    const [alpha] = labels as [AccountLabel]
    for (const kind of kinds) {
      exchange.failNext({ on, kind, times: 3 })
      await signal()
      await tick(alpha, undefined, 300)
      clock.at = plusSeconds(clock.at, 70)
      await tick(alpha, undefined, 300)
      exchange.faults.clear()
    }
    expect(written.join('')).toMatch(/lane_cycles_total|lane_cycle_failures_total/)
    expect(await everythingStored()).not.toContain(CANARY)
  })

  it('never appear when credentials are refused or malformed', async () => {
    const [alpha] = labels as [AccountLabel]
    await signal()
    await tick(alpha, async () => ({ keyId: `${CANARY}-wrong`, secret: `${CANARY}-wrong` }))
    await tick(alpha, async () => ({ keyId: `${CANARY}\n`, secret: `${CANARY}\u0000` }))
    expect(await everythingStored()).not.toContain(CANARY)
    expect(exchange.orders(alpha)).toHaveLength(0)
  })
})
