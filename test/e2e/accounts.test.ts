/**
 * A further account's whole way on the emulator: a single account trades, a canary account is admitted by its entity in a
 * flag service, trades beside the first one, has its fills from its forwarder and from nowhere else, is verified, and goes out
 * again by the rollback. The flag service is Flipt's
 * engine behind OFREP on loopback, asked by the deployed dispatcher. On the way every metric is emitted that operators
 * are promised.
 */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountLabel, type AccountLabel } from '../../lib/domain/account-label.ts'
import { asEpochMs } from '../../lib/domain/time.ts'
import { feedMessage } from '../../lib/exchange/wire-order.ts'
import { parseStrategies } from '../../lib/formats/strategies-file.ts'
import { encodeTick } from '../../lib/formats/tick-codec.ts'
import { catalogHash } from '../../lib/strategy/compile.ts'
import { OfrepServer } from '../support/flipt/ofrep-server.ts'
import { deploymentOn, type Deployment } from './deploy.ts'
import { startEmulator, type Emulator } from './emulator.ts'
import { logRecords } from './log-records.ts'
import { walkHostileStrategies } from './hostile-strategies.ts'
import { operatorOf, type Operator, type RunningVerb } from './operator.ts'
import { deployPlugins } from './own-plugins.ts'
import { eventually } from './poll.ts'
import { keyOf, StageUnderTest } from './stage-under-test.ts'

/** What the metrics are called that operators are promised; all of the order feed's. */
const PROMISED = `strategy_events_total strategy_intents_total strategy_errors_total strategy_latency_ms
  intent_conflict_total strategy_runtime_isolated_failures_total strategy_runtime_fallback_total
  strategy_runtime_legacy_path_total strategy_shadow_divergence_total lane_cycles_total lane_cycle_age_seconds
  orders_submitted_total orders_denied_total kill_switch_blocks_total reconcile_updates_total
  order_feed_messages_total order_feed_dropped_total order_feed_quarantined_total order_feed_buffered_total
  order_feed_anomalies_total order_feed_applied_total order_feed_unchanged_total order_feed_redelivered_total
  order_feed_suspicious_total`.split(/\s+/)
/** Two signals that the MACD/RSI rule buys on. */
const SIGNALS = 2
const PAPER = accountLabel('paper')
/** The engine's flag is rolled out to the first of these alone. */
const ALPHA = accountLabel('alpha')
const BETA = accountLabel('beta')

let emulator: Emulator
let deployment: Deployment
let operator: Operator
let stage: StageUnderTest
let lambda: LambdaClient
let sqs: SQSClient
let service: OfrepServer
let messages = 0
const forwarders: RunningVerb[] = []
const folder = mkdtempSync(join(tmpdir(), 'torghut-accounts-'))

beforeAll(async () => {
  emulator = await startEmulator()
  deployment = deploymentOn(emulator)
  operator = operatorOf(emulator)
  lambda = new LambdaClient(emulator.client)
  sqs = new SQSClient(emulator.client)
  service = await OfrepServer.listen()
  stage = await StageUnderTest.open(emulator, deployment, [PAPER, ALPHA, BETA])
})

afterAll(async () => {
  for (const forwarder of forwarders) await forwarder.stop()
  await stage?.exchange.stop()
  await service?.close()
  await emulator?.stop()
})

const set = (name: string, value: string): Promise<unknown> =>
  operator.json(['flags', 'set', name, value, '--confirm', PAPER])

/** Signals come, and every lane of the given accounts deals with them. */
async function trade(...accounts: readonly AccountLabel[]): Promise<void> {
  await stage.quiet()
  const before = await stage.stores.signals.end('ta')
  await operator.json(['signals', 'push', join(folder, 'signals.jsonl'), '--now'])
  await stage.ingested(before + SIGNALS)
  await stage.tick()
  for (const account of accounts) await stage.caughtUp(account)
}

/** What the deployed dispatcher makes of the present minute. */
async function dispatched(): Promise<{ readonly cycles: readonly string[] }> {
  const answer = await lambda.send(
    new InvokeCommand({
      FunctionName: deployment.names.function('dispatch'),
      Payload: JSON.stringify({ time: new Date().toISOString() }),
    }),
  )
  expect(answer.FunctionError).toBeUndefined()
  return JSON.parse(Buffer.from(answer.Payload ?? []).toString())
}

async function tell(body: string): Promise<void> {
  const QueueName = deployment.names.queue('order-feed-v2')
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }))
  messages += 1
  await sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageGroupId: 'walk',
      MessageDeduplicationId: `walk-${messages}`,
      MessageBody: body,
    }),
  )
}

const orders = (account: AccountLabel): number => stage.exchange.orders(account).length
/** Filled orders of ours that no update told of. */
const untold = async (account: AccountLabel): Promise<readonly string[]> => {
  const filled = (await stage.executions(account)).filter(({ state }) => state === 'filled')
  const events = await Promise.all(
    filled.map(({ alpacaOrderId }) => stage.stores.orderEvents.listEvents(account, alpacaOrderId ?? '')),
  )
  return filled
    .filter((_execution, index) => !events[index]?.some(({ status }) => status === 'filled'))
    .map(({ clientOrderId }) => clientOrderId)
}
const all = async (account: AccountLabel) => [orders(account), (await stage.executions(account)).length]

describe('a further account', () => {
  it('does not exist as long as there is one: the primary trades alone', async () => {
    await deployment.bootstrap()
    await deployment.deploy({ orderFeedV2: 'true' })
    await deployPlugins(emulator, deployment)
    const registry = [PAPER, ALPHA, BETA].map((label) => ({ label, base_url: stage.exchange.baseUrl }))
    const settings = {
      TRADING_ACCOUNTS_JSON: JSON.stringify(registry),
      TRADING_CALENDAR: 'always',
      TRADING_SIGNAL_START: 'earliest',
      TRADING_SIGNAL_MAX_AGE_SECONDS: '3600',
      TRADING_FEATURE_FLAGS_PROVIDER: 'ofrep',
      TRADING_FEATURE_FLAGS_URL: service.baseUrl,
      TRADING_FEATURE_FLAGS_NAMESPACE: 'trading',
      TRADING_FEATURE_FLAGS_TIMEOUT_MS: '10000',
    }
    const ssm = new SSMClient(emulator.client)
    for (const [name, Value] of Object.entries(settings)) {
      const Name = `${deployment.names.flagsPath}/${name}`
      await ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true }))
    }
    for (const label of [PAPER, ALPHA]) {
      const { keyId, secret } = keyOf(label)
      const key = { APCA_API_KEY_ID: keyId, APCA_API_SECRET_KEY: secret }
      await operator.json(['accounts', 'put-credentials', label], key)
    }
    const types = [
      ['classic', 'legacy_macd_rsi'],
      ['against', 'contrary'],
      ['fails', 'broken'],
    ]
    const params = { max_notional_per_trade: '5000' }
    const file = types.map(([id, strategy_type]) => {
      return { id, name: id, strategy_type, version: '1.0.0', enabled: true, base_timeframe: '1Day', params }
    })
    // an operator's command line does not know the walk's own plugins
    const strategies = parseStrategies(JSON.stringify(file), 'the walk')
    await stage.stores.catalog.apply({ hash: catalogHash(strategies), strategies })
    const lines = Array.from({ length: SIGNALS }, (_, seq) => ({
      event_ts: `2024-01-02T21:00:0${seq}Z`,
      symbol: 'AAPL',
      timeframe: '1Day',
      seq,
      source: 'ta',
      payload: { price: 125, macd: { macd: 0.5, signal: 0.1 }, rsi14: 30 },
    }))
    writeFileSync(join(folder, 'signals.jsonl'), `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)

    // denied by the kill switch, and then by the legacy rule, with the runtime in its shadow
    await trade(PAPER)
    expect(await all(PAPER)).toEqual([0, 0])
    await set('TRADING_ENABLED', 'true')
    await set('TRADING_STRATEGY_RUNTIME_MODE', 'scheduler_v3')
    await operator.json(['kill', 'off', '--confirm', PAPER])
    await trade(PAPER)
    expect(orders(PAPER)).toBeGreaterThan(0)
    expect((await dispatched()).cycles).toEqual([PAPER])
    expect(await stage.lane(ALPHA)).toBeNull()
  })

  it('is led in by its entity, trades beside the primary, and crosses it in nothing', async () => {
    await set('TRADING_STRATEGY_RUNTIME_MODE', 'plugin_v3')
    expect(await operator.run(['migrate', 'up'])).toMatchObject({ code: 0 })
    await set('TRADING_ORDER_FEED_TOPIC_V2', 'torghut.trade-updates.v2')
    // from here on nobody but these tells of fills
    for (const label of [PAPER, ALPHA]) forwarders.push(operator.start(['forward', '--account', label]))
    await eventually('both forwarders listen', 60, async () =>
      stage.exchange.server.updates.listening === 2 ? true : null,
    )
    const asked = service.requests
    await set('TRADING_MULTI_ACCOUNT_ENABLED', 'true')
    // beta is registered like alpha; the flag is rolled out to alpha alone
    expect((await dispatched()).cycles).toEqual([PAPER, ALPHA])
    expect(service.requests).toBeGreaterThan(asked)
    const plan = (await operator.json(['canary', 'plan', '--account', ALPHA])) as { readonly done: boolean }[]
    expect(plan.map(({ done }) => done)).toEqual([true, true, true, true, true])
    await trade(PAPER, ALPHA)
    expect(orders(ALPHA)).toBeGreaterThan(0)
    expect(await stage.lane(BETA)).toBeNull()

    // somebody trades by hand in the account, and not everything that the feed says can be used
    stage.exchange.placeOrder(ALPHA, {
      symbol: 'AAPL',
      qty: '1',
      side: 'buy',
      type: 'market',
      time_in_force: 'day',
      client_order_id: 'by-hand',
    })
    stage.exchange.fillPending()
    const updates = stage.exchange.tradeUpdatesAfter(0).map((update) => feedMessage(update, 'v2'))
    await eventually('all executions filled', 90, async () => {
      const executions = [...(await stage.executions(PAPER)), ...(await stage.executions(ALPHA))]
      return executions.every(({ state }) => state === 'filled' || state === 'denied') ? true : null
    })
    expect(await untold(PAPER)).toEqual([])
    expect(await untold(ALPHA)).toEqual([])
    const last = updates.findLast((text) => text.includes('"tg-')) ?? ''
    for (const odd of [
      // the exchange numbers it, the forwarder did not: another one, and then the same
      last,
      last,
      '{"not json',
      last.replaceAll('"alpha"', '"nobody"').replaceAll('"paper"', '"nobody"'),
      last.replaceAll('"AAPL"', '"MSFT"'),
      last.replaceAll('"filled"', '"unheard_of"').replaceAll('"fill"', '"unheard_of"'),
    ]) {
      await tell(odd)
    }
    expect(await operator.run(['canary', 'verify', '--account', ALPHA])).toMatchObject({ code: 0 })
  })

  it('is reconciled: what was done by hand in it is marked as external', async () => {
    const hash = await stage.stores.catalog.currentHash()
    if (hash === null) throw new Error('no catalog')
    const target = { mode: 'paper', baseUrl: stage.exchange.baseUrl } as const
    const body = encodeTick({
      kind: 'reconcile',
      tickAt: asEpochMs(Date.now()),
      account: { label: ALPHA, enabled: true, target, strategies: null },
      settings: { TRADING_CALENDAR: 'always', TRADING_SIGNAL_START: 'earliest' },
      killSwitchOn: false,
      admitted: true,
      upTo: null,
      catalogHash: hash,
    })
    const order = stage.exchange.orders(ALPHA).find((one) => one.client_order_id === 'by-hand')
    // the schedule may have sent a reconcile before, or send one now
    const unmatched = await eventually('what was done by hand, judged', 60, async () => {
      await stage.invokeLane(body)
      const found = await stage.stores.unmatchedOrders.readUnmatched(ALPHA, order?.id ?? '')
      return found?.state === 'external' ? found : null
    })
    expect(unmatched).toMatchObject({ state: 'external', reason: 'not_ours' })
    expect(await stage.invokeLane(body)).toMatchObject([{ summary: { drift: 0, mismatches: [] } }])
  })

  it('loses its forwarder when that is told to end, which says so', async () => {
    for (const { code, stdout } of await Promise.all(forwarders.splice(0).map((one) => one.stop()))) {
      expect([code, JSON.parse(stdout)]).toMatchObject([0, { ended: 'stopped' }])
    }
    await eventually('nobody listens', 60, async () =>
      stage.exchange.server.updates.listening === 0 ? true : null,
    )
  })

  it('goes out by the rollback; the primary goes on alone, and the rows of both stay', async () => {
    const before = [await all(PAPER), await all(ALPHA)]
    const { code, stderr } = await operator.run(['rollout', 'rollback', '--drain-seconds', '600'])
    expect([code, stderr]).toEqual([0, expect.stringContaining('By hand')])
    expect((await dispatched()).cycles).toEqual([PAPER])
    await trade(PAPER)
    const [paper, alpha] = [await all(PAPER), await all(ALPHA)]
    expect(paper[0]).toBeGreaterThan(before[0]?.[0] ?? 0)
    expect(alpha).toEqual(before[1])
    expect(await operator.run(['canary', 'verify', '--account', ALPHA])).toMatchObject({ code: 0 })
    expect(alpha[1]).toBeGreaterThan(0)
  })

  it('has had every promised metric emitted on its way', async () => {
    const logs = new CloudWatchLogsClient(emulator.client)
    const seen = new Set<string>()
    await eventually('all metrics in the logs', 60, async () => {
      for (const name of ['dispatch', 'lane', 'order-feed', 'ingest'] as const) {
        for (const record of await logRecords(logs, deployment.names.logGroup(name))) {
          for (const key of Object.keys(record)) seen.add(key)
        }
      }
      return PROMISED.every((name) => seen.has(name)) ? true : null
    }).catch(() => null)
    expect(PROMISED.filter((name) => !seen.has(name))).toEqual([])
  })
})

describe('strategies that mean harm', () => {
  walkHostileStrategies(() => ({ emulator, deployment, operator, stage, account: PAPER, folder }))
})
