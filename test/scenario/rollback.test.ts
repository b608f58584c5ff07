/**
 * Back to a single account in the middle of traffic (docs/accounts.md#back-to-a-single-account): dispatcher, lanes, paper
 * exchange over HTTP and both feed queues, two accounts, one of which goes.
 */
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { accountLabel, type AccountLabel } from '../../lib/domain/account-label.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { isTerminal } from '../../lib/domain/execution.ts'
import { asCatalogHash } from '../../lib/domain/ids.ts'
import { collect } from '../../lib/domain/collect.ts'
import type { TickMessage } from '../../lib/domain/tick-message.ts'
import { ExchangeFront } from '../../lib/exchange/http/front.ts'
import { frontFetch } from '../../lib/exchange/http/front-fetch.ts'
import { PaperExchange } from '../../lib/exchange/paper-exchange.ts'
import { feedMessage } from '../../lib/exchange/wire-order.ts'
import { resolveOrderFeedFleet } from '../../lib/flags/fleet.ts'
import { dispatchTick, type DispatchSummary } from '../../lib/lanes/dispatch.ts'
import type { TickOutcome } from '../../lib/lanes/handle-tick.ts'
import { FifoQueue } from '../../lib/local/fifo-queue.ts'
import { laneConsumer } from '../../lib/local/lane-consumer.ts'
import { paperGateway, paperKey } from '../../lib/local/paper-gateway.ts'
import { readFleet, type Deployment } from '../../lib/operations/deployment.ts'
import { planRollback, rollBack } from '../../lib/operations/rollback.ts'
import { applyTradeUpdate } from '../../lib/orders/order-feed/apply.ts'
import { queuedUpdate } from '../../lib/orders/order-feed/queued-update.ts'
import { builtinRegistry } from '../../lib/strategy/registry.ts'
import { DynamoAccountRows } from '../../lib/adapters/dynamodb/account-rows.ts'
import { ItemTable } from '../../lib/adapters/dynamodb/table/item-table.ts'
import { OfrepServer } from '../support/flipt/ofrep-server.ts'
import { type DynamoState, openDynamoState } from '../support/state-backends.ts'
import { type FakeStage, fakeStage } from '../support/deployment-fixture.ts'
import { flagSource } from '../support/flag-readings.ts'
import { HandClock } from '../support/hand-clock.ts'
import { runInside } from '../support/run-cli.ts'
import { alwaysBuys, buyEverything } from '../support/always-buys.ts'
import { aSignal } from '../support/state-samples.ts'
import { CountingTelemetry } from '../support/telemetry.ts'

const ALPHA = accountLabel('alpha')
const BETA = accountLabel('beta')
const FLAG = 'features/torghut_trading_multi_account_enabled'
const VARIABLE = 'TRADING_MULTI_ACCOUNT_ENABLED'
const TOPIC = 'TRADING_ORDER_FEED_TOPIC_V2'
const NO_DRAIN = { seconds: 10, pause: async () => {} }

const clock = new HandClock('2026-02-10T15:00:05Z')
let stage: FakeStage
let state: DynamoState
let exchange: PaperExchange
let lanes: FifoQueue<TickMessage, TickOutcome>
let deployment: Deployment
let telemetry: CountingTelemetry
/** What waits in the queue of the second topic. */
let waiting: string[]
let delivered: number
let seq: number

const PATIENT_MS = 10_000

beforeEach(async () => {
  stage = fakeStage()
  state = await openDynamoState()
  state.clock.set(clock.now())
  telemetry = new CountingTelemetry()
  waiting = []
  delivered = 0
  seq = 0
  const url = 'http://127.0.0.1'
  Object.assign(stage.flags, {
    TRADING_KILL_SWITCH_ENABLED: 'false',
    TRADING_ENABLED: 'true',
    TRADING_ACCOUNT_LABEL: 'alpha',
    TRADING_ACCOUNTS_JSON: JSON.stringify([ALPHA, BETA].map((label) => ({ label, base_url: url }))),
    TRADING_STRATEGY_RUNTIME_MODE: 'plugin_v3',
    TRADING_SIGNAL_START: 'earliest',
    TRADING_CALENDAR: 'always',
    [VARIABLE]: 'true',
    [FLAG]: 'torghut:beta',
    [TOPIC]: 'torghut.trade-updates.v2',
  })
  exchange = new PaperExchange({ clock, alwaysOpen: true })
  for (const label of [ALPHA, BETA]) exchange.openAccount({ label, cash: decimal('1000000') })
  const fetch = frontFetch(new ExchangeFront({ exchange, keys: [ALPHA, BETA].map(paperKey) }))
  const { queues } = stage.deployment
  const { stores } = state
  deployment = {
    ...stage.deployment,
    stores,
    accountRows: new DynamoAccountRows(new ItemTable(state.client, state.names.state)),
    queues: {
      ...queues,
      depth: async (place) =>
        place.queue === 'order-feed-v2' ? { waiting: waiting.length, inFlight: 0 } : queues.depth(place),
    },
  }
  let tokens = 0
  lanes = new FifoQueue(
    laneConsumer({
      ...stores,
      catalog: {
        currentHash: async () => asCatalogHash('c'.repeat(64)),
        readRevision: async (hash) => ({ hash, strategies: buyEverything }),
      },
      environment: {},
      flags: flagSource(clock, () => stage.flags),
      clock,
      telemetry,
      codeVersion: 'test',
      registry: builtinRegistry([alwaysBuys]),
      gateway: (account, budget) => paperGateway(account, budget, fetch),
      randomness: { token: () => `token-${(tokens += 1)}` },
    }),
  )
})
afterEach(async () => {
  await state.close()
})

async function tick(): Promise<DispatchSummary> {
  const summary = await dispatchTick(clock.now(), {
    environment: {},
    flags: flagSource(clock, () => stage.flags),
    features: deployment.features,
    roster: deployment.stores.roster,
    catalog: { currentHash: async () => asCatalogHash('c'.repeat(64)) },
    executions: deployment.stores.executions,
    unmatched: deployment.stores.unmatchedOrders,
    queue: lanes,
    telemetry,
  })
  await lanes.drained()
  return summary
}

async function signal(): Promise<void> {
  seq += 1
  exchange.markPrices({ AAPL: decimal('100') })
  const payload = { price: '100', macd: '1', macd_signal: '0', rsi14: '50' }
  await deployment.stores.signals.append(aSignal(seq, { eventTs: clock.now(), timeframe: '1Min', payload }))
}

/** The exchange's news since the last time, into the queue of the second topic. */
function publish(): void {
  const updates = exchange.tradeUpdatesAfter(delivered)
  delivered += updates.length
  waiting.push(...updates.map((update) => feedMessage(update, 'v2')))
}

async function consume(): Promise<void> {
  for (const value of waiting.splice(0)) {
    const { settings, registered } = resolveOrderFeedFleet({}, stage.flags)
    await applyTradeUpdate(queuedUpdate(value, { oneAccount: false, settings }), {
      executions: deployment.stores.executions,
      events: deployment.stores.orderEvents,
      unmatched: deployment.stores.unmatchedOrders,
      clock,
      telemetry,
      knowsAccount: async (label) => registered.includes(label),
    })
  }
}

const orders = (label: AccountLabel) => exchange.orders(label).map((order) => order.client_order_id)
const executions = (label: AccountLabel) => collect(deployment.stores.executions.listExecutions(label))

describe('rolling back in the middle of traffic', () => {
  it('loses no cycle, doubles no order, and winds the other account down under its own label', async () => {
    for (let minute = 0; minute < 5; minute += 1) {
      await signal()
      expect(new Set((await tick()).cycles)).toEqual(new Set([ALPHA, BETA]))
      if (minute < 4) exchange.fillPending()
      publish()
      await consume()
      clock.pass(60)
    }
    // an order of each account is open, and beta's fill is on its way
    const before = { alpha: orders(ALPHA), beta: orders(BETA) }
    expect([before.alpha.length, before.beta.length]).toEqual([5, 5])
    expect((await deployment.stores.executions.listOpen(BETA)).length).toBe(1)
    exchange.fillPending({ account: BETA })
    publish()
    const cursor = (await deployment.stores.lanes.readLane(ALPHA, 'ta'))?.cursor
    await signal()

    const steps = await planRollback(await readFleet(deployment), false, deployment)
    const written: string[] = []
    const outcome = await rollBack(
      steps,
      deployment,
      {
        seconds: 10,
        // while the queue drains, the system goes on
        pause: async () => {
          await tick()
          expect(stage.flags[TOPIC]).toBe('torghut.trade-updates.v2')
          await consume()
        },
      },
      ({ step }) => written.push(step),
    )
    expect(outcome).toEqual({ kind: 'rolled_back' })
    expect(written).toEqual(['flag', 'variable', 'topic'])
    expect([stage.flags[FLAG], stage.flags[VARIABLE], stage.flags[TOPIC]]).toEqual(['false', 'false', 'none'])

    for (let minute = 0; minute < 5; minute += 1) {
      clock.pass(60)
      await signal()
      const summary = await tick()
      expect(summary.cycles).toEqual([ALPHA])
      exchange.fillPending()
      publish()
      waiting.length = 0 // nobody reads the second topic any more: reconcile tells of the rest
    }
    clock.pass(300)
    await tick()

    const lane = await deployment.stores.lanes.readLane(ALPHA, 'ta')
    expect([cursor, lane?.cursor]).toEqual([5, 11])
    expect(new Set(orders(ALPHA)).size).toBe(11)
    expect(orders(ALPHA)).toHaveLength(11)
    expect(orders(BETA)).toEqual(before.beta)
    const left = await executions(BETA)
    expect(left).toHaveLength(5)
    expect(left.every(({ accountLabel: label, state }) => label === BETA && state === 'filled')).toBe(true)
    expect((await executions(ALPHA)).filter(({ state }) => !isTerminal(state))).toEqual([])
    expect((await tick()).reconciles).toEqual([])
  })

  it('cancels what is open of the other account where that is asked for', async () => {
    await signal()
    await tick()
    const steps = await planRollback(await readFleet(deployment), true, deployment)
    expect(steps.map(({ step }) => step)).toEqual(['flag', 'variable', 'schema', 'cancel', 'topic'])
    await rollBack(steps, deployment, NO_DRAIN, () => {})
    clock.pass(60)
    expect((await tick()).reconciles).toContain(BETA)
    expect(exchange.orders(BETA).map(({ status }) => status)).toEqual(['canceled'])
    expect(exchange.orders(ALPHA).map(({ status }) => status)).not.toContain('canceled')
    expect((await executions(BETA)).map(({ state }) => state)).toEqual(['canceled'])
  })

  it('leaves the topic as long as its queue is not empty, and goes on when it is run again', async () => {
    waiting.push('an update')
    const steps = await planRollback(await readFleet(deployment), false, deployment)
    const outcome = await rollBack(steps, deployment, NO_DRAIN, () => {})
    expect(outcome).toEqual({ kind: 'not_drained', waiting: 1 })
    expect([stage.flags[VARIABLE], stage.flags[TOPIC]]).toEqual(['false', 'torghut.trade-updates.v2'])
    waiting.length = 0
    const again = await planRollback(await readFleet(deployment), false, deployment)
    expect(again.filter(({ done }) => !done).map(({ step }) => step)).toEqual(['topic'])
    expect(await rollBack(again, deployment, NO_DRAIN, () => {})).toEqual({ kind: 'rolled_back' })
  })
})

describe("an account's whole way", () => {
  const minute = async (): Promise<readonly AccountLabel[]> => {
    clock.pass(60)
    await signal()
    const { cycles } = await tick()
    exchange.fillPending()
    publish()
    await consume()
    return cycles
  }
  const verify = () =>
    runInside(['canary', 'verify', '--account', 'alpha', '--offline', '--stage', 'dev'], {
      folder: tmpdir(),
      deployment,
      environment: {},
    })

  it('leads in by an entity of the flag service, through trading and verifying, and back out', async () => {
    // what is answered is waited for without end
    const timeout = AbortSignal.timeout.bind(AbortSignal)
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((limitMs) =>
      limitMs === PATIENT_MS ? new AbortController().signal : timeout(limitMs),
    )
    const service = await OfrepServer.listen()
    try {
      Object.assign(stage.flags, {
        TRADING_ACCOUNT_LABEL: 'beta',
        [VARIABLE]: 'false',
        TRADING_FEATURE_FLAGS_PROVIDER: 'ofrep',
        TRADING_FEATURE_FLAGS_URL: service.baseUrl,
        TRADING_FEATURE_FLAGS_NAMESPACE: 'trading',
        TRADING_FEATURE_FLAGS_TIMEOUT_MS: String(PATIENT_MS),
      })
      expect(await minute()).toEqual([BETA])
      expect((await verify()).code).toBe(1)
      stage.flags[VARIABLE] = 'true'
      expect(new Set(await minute())).toEqual(new Set([ALPHA, BETA]))
      await minute()
      expect([orders(ALPHA).length, orders(BETA).length]).toEqual([3, 3])
      const verified = await verify()
      expect([verified.code, verified.stderr]).toEqual([0, 'Nothing crosses.\n'])

      service.fault = 'hung'
      stage.flags['TRADING_FEATURE_FLAGS_TIMEOUT_MS'] = '50'
      expect(await minute()).toEqual([BETA])
      expect(telemetry.total('feature_flags_unreadable_total')).toBe(1)
      service.fault = null
      stage.flags['TRADING_FEATURE_FLAGS_TIMEOUT_MS'] = String(PATIENT_MS)
      expect(await minute()).toContain(ALPHA)

      await rollBack(
        await planRollback(await readFleet(deployment), false, deployment),
        deployment,
        NO_DRAIN,
        () => {},
      )
      expect(await minute()).toEqual([BETA])
      expect((await verify()).code).toBe(0)
      expect([orders(ALPHA).length, orders(BETA).length]).toEqual([5, 6])
      expect([(await executions(ALPHA)).length, (await executions(BETA)).length]).toEqual([5, 6])
    } finally {
      vi.restoreAllMocks()
      await service.close()
    }
  })
})

describe('torghut rollout rollback', () => {
  const run = (words: string) =>
    runInside(['rollout', 'rollback', ...words.split(' ')], { folder: tmpdir(), deployment, environment: {} })

  it('shows the steps first, and changes nothing in a dry run', async () => {
    const before = { ...stage.flags }
    const { code, stdout } = await run('--dry-run --stage dev')
    expect(code).toBe(0)
    expect(
      stdout
        .split('\n')
        .map((line) => line.slice(0, 1))
        .join(''),
    ).toBe('1234')
    expect(stdout).toMatch(
      /1 features\/.* off .*\n2 .* false .*\n3 the schema .*already.*\n4 the queue .*drained/,
    )
    expect(stage.flags).toEqual(before)
  })

  it('ends with 1 while the queue is not drained, and with 0 once it is', async () => {
    waiting.push('an update')
    expect((await run('--drain-seconds 0 --stage dev')).code).toBe(1)
    waiting.length = 0
    const { code, stderr } = await run('--stage dev')
    expect([code, stderr]).toEqual([0, expect.stringContaining('A single account runs')])
    expect(stage.flags[TOPIC]).toBe('none')
  })

  it('leaves a flag service to its operator, and keeps accounts out by the variable', async () => {
    stage.flags['TRADING_FEATURE_FLAGS_PROVIDER'] = 'ofrep'
    stage.flags['TRADING_FEATURE_FLAGS_URL'] = 'http://127.0.0.1:9'
    const { code, stderr } = await run('--stage dev')
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('By hand: torghut_trading_multi_account_enabled off'),
    ])
    expect([stage.flags[VARIABLE], stage.flags[FLAG]]).toEqual(['false', 'torghut:beta'])
  })
})
