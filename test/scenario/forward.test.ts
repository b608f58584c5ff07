/**
 * The forwarder: whatever it misses, every order ends as at the exchange; one process publishes for an account at a time
 * (docs/forwarder.md). Over the official SDK's client and the exchange's stream.
 */
import { tmpdir } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import { AlpacaTradeUpdateStreams } from '../../lib/adapters/alpaca/trade-update-streams.ts'
import { memoryStores } from '../../lib/adapters/memory/stores.ts'
import type { AccountConfig } from '../../lib/domain/account.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { asAlpacaOrderId, asClientOrderId } from '../../lib/domain/ids.ts'
import type { Deployment } from '../../lib/operations/deployment.ts'
import type { LeasedState } from '../../lib/operations/hold-lease.ts'
import { forwardUpdates } from '../../lib/operations/forward-updates.ts'
import { applyTradeUpdate } from '../../lib/orders/order-feed/apply.ts'
import type { Queue, QueueMessage } from '../../lib/ports/queue.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'
import { fakeStage } from '../support/deployment-fixture.ts'
import { runInside } from '../support/run-cli.ts'
import { MemoryForwarderLease } from '../support/memory-forwarder-lease.ts'
import {
  ALPHA,
  ALPHA_KEY,
  brokerOf,
  HandClock,
  openExchange,
  type TestExchange,
} from '../support/paper-exchange-fixture.ts'
import { randomNumbers } from '../support/random-numbers.ts'
import { aDecision, anExecution } from '../support/state-samples.ts'
import { CountingTelemetry } from '../support/telemetry.ts'

/** Waits for real, a hundred times as fast. */
const soon = (milliseconds: number, until: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (until.aborted) return resolve()
    const timer = setTimeout(resolve, milliseconds / 100)
    until.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
const eventually = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (let attempt = 0; attempt < 3000; attempt += 1) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('it never held')
}
const FAST = { authorizeMs: 2000, firstReconnectMs: 1, longestReconnectMs: 5, pingMs: 10_000 }

let exchange: TestExchange | null = null
const stop = new AbortController()
afterEach(async () => {
  await exchange?.stop()
  exchange = null
})

const accountAt = (baseUrl: string): AccountConfig => ({
  label: ALPHA,
  enabled: true,
  target: { mode: 'paper', baseUrl },
  strategies: null,
})

describe('an account whose stream is lost again and again', () => {
  it('ends every order as at the exchange, and counts each fill once', async () => {
    const chance = randomNumbers(11)
    const clock = new HandClock('2026-02-10T15:00:00Z')
    exchange = await openExchange({ clock, alwaysOpen: true, prices: { AAPL: decimal('10') } })
    const own = exchange
    const stores = memoryStores(clock, null)
    const telemetry = new CountingTelemetry()
    const feed = {
      executions: stores.executions,
      events: stores.orderEvents,
      unmatched: stores.unmatchedOrders,
      clock,
      telemetry: new CountingTelemetry(),
      knowsAccount: async () => true,
    }
    const kept: QueueMessage[] = []
    /** What arrives is doubled, and out of order by up to a batch. */
    const queue: Queue = {
      send: async (all) => {
        if (chance() < 0.02) throw new UnavailableError('busy')
        // now and then it takes the first half alone
        const messages = all.slice(0, chance() < 0.1 ? all.length >> 1 : all.length)
        const shuffled = [...messages, ...messages.filter(() => chance() < 0.2)].sort(() => chance() - 0.5)
        for (const { body } of shuffled) {
          await applyTradeUpdate(
            { topic: 'torghut.trade-updates.v2', value: body, defaultAccountLabel: null },
            feed,
          )
        }
        kept.push(...messages)
        return { failed: all.slice(messages.length).map(({ deduplicationId }) => deduplicationId) }
      },
    }
    const states: LeasedState[] = []
    const running = forwardUpdates(
      accountAt(own.baseUrl),
      ALPHA_KEY,
      {
        lease: new MemoryForwarderLease(),
        streams: new AlpacaTradeUpdateStreams(FAST),
        queue,
        openBroker: async () => brokerOf(own),
        executions: stores.executions,
        clock,
        telemetry,
        pause: soon,
        owner: 'one',
      },
      { once: false, stop: stop.signal, onState: (state) => states.push(state) },
    )
    await eventually(() => own.server.updates.listening === 1)
    const placed: string[] = []
    let drops = 0
    const orders = 1700
    for (let seq = 0; seq < orders; seq += 1) {
      const id = `tg-${seq}`
      const decision = {
        ...aDecision(seq),
        accountLabel: ALPHA,
        clientOrderId: asClientOrderId(id),
        quantity: decimal('2'),
      }
      await stores.executions.createExecution(
        anExecution({ side: seq % 2 === 0 ? 'buy' : 'sell', symbol: 'AAPL' }, decision),
      )
      const answer = own.placeOrder(ALPHA, {
        client_order_id: id,
        symbol: 'AAPL',
        side: seq % 2 === 0 ? 'buy' : 'sell',
        qty: '2',
        type: 'market',
        time_in_force: 'day',
      })
      if (!('id' in answer)) throw new Error(JSON.stringify(answer))
      placed.push(id)
      own.fillPending({ portion: decimal('0.5') })
      if (chance() < 200 / orders) {
        own.server.updates.drop()
        drops += 1
        // half of the time orders go on while nobody listens
        if (chance() < 0.5) await eventually(() => own.server.updates.listening === 1)
      }
      own.fillPending()
      if (seq % 10 === 0) await new Promise((resolve) => setTimeout(resolve, chance() < 0.5 ? 0 : 8))
    }
    while (drops < 200) {
      own.server.updates.drop()
      drops += 1
      await eventually(() => own.server.updates.listening === 1)
    }
    expect(own.tradeUpdatesAfter(0).length).toBeGreaterThanOrEqual(5000)
    const atExchange = new Map(own.orders(ALPHA).map((order) => [order.client_order_id, order]))
    await eventually(async () => (await stores.executions.listOpen(ALPHA)).length === 0)
    for (const id of placed) {
      const execution = await stores.executions.readExecution(ALPHA, asClientOrderId(id))
      const order = atExchange.get(id)
      expect(execution).toMatchObject({
        state: order?.status,
        filledQuantity: decimal(order?.filled_qty ?? '-1'),
        averageFillPrice: decimal(order?.filled_avg_price ?? '-1'),
        alpacaOrderId: asAlpacaOrderId(order?.id ?? ''),
      })
    }
    expect(drops).toBeGreaterThanOrEqual(200)
    expect(telemetry.total('forwarder_lost_total')).toBeGreaterThan(50)
    expect(telemetry.total('forwarder_made_up_total')).toBeGreaterThan(0)
    // the stream told of most itself
    expect(kept.length).toBeGreaterThan(1000)
    stop.abort()
    expect(await running).toEqual({ kind: 'stopped' })
  })

  it('is told that its keys are none, or that its updates are refused, and gives up', async () => {
    exchange = await openExchange({ alwaysOpen: true })
    const own = exchange
    const clock = new HandClock('2026-02-10T15:00:00Z')
    const run = (credentials: typeof ALPHA_KEY) =>
      forwardUpdates(
        accountAt(own.baseUrl),
        credentials,
        {
          lease: new MemoryForwarderLease(),
          streams: new AlpacaTradeUpdateStreams(FAST),
          queue: { send: async () => ({ failed: [] }) },
          openBroker: async () => brokerOf(own),
          executions: memoryStores(clock, null).executions,
          clock,
          telemetry: new CountingTelemetry(),
          pause: soon,
          owner: 'one',
        },
        { once: false, stop: new AbortController().signal, onState: () => {} },
      )
    expect(await run({ ...ALPHA_KEY, secret: 'other' })).toMatchObject({
      kind: 'refused',
      reason: /credentials/,
    })
    own.server.updates.refusesListening = true
    expect(await run(ALPHA_KEY)).toMatchObject({ kind: 'refused', reason: /does not offer trade updates/ })
  })

  it('is looked at once and left, if that is all that is wanted', async () => {
    exchange = await openExchange({ alwaysOpen: true, prices: { AAPL: decimal('10') } })
    const own = exchange
    const clock = new HandClock('2026-02-10T15:00:00Z')
    const stores = memoryStores(clock, null)
    const decision = { ...aDecision(1), accountLabel: ALPHA, clientOrderId: asClientOrderId('tg-1') }
    await stores.executions.createExecution(anExecution({}, decision))
    exchange.placeOrder(ALPHA, {
      client_order_id: 'tg-1',
      symbol: 'AAPL',
      side: 'buy',
      qty: '1',
      type: 'market',
      time_in_force: 'day',
    })
    exchange.fillPending()
    const sent: QueueMessage[] = []
    const end = await forwardUpdates(
      accountAt(exchange.baseUrl),
      ALPHA_KEY,
      {
        lease: new MemoryForwarderLease(),
        streams: new AlpacaTradeUpdateStreams(FAST),
        queue: { send: async (messages) => (sent.push(...messages), { failed: [] }) },
        openBroker: async () => brokerOf(own),
        executions: stores.executions,
        clock,
        telemetry: new CountingTelemetry(),
        pause: soon,
        owner: 'one',
      },
      { once: true, stop: new AbortController().signal, onState: () => {} },
    )
    expect(end).toEqual({ kind: 'stopped' })
    expect(sent.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      {
        channel: 'trade_updates',
        account_label: 'alpha',
        payload: { event: 'fill', order: { client_order_id: 'tg-1', status: 'filled' } },
      },
    ])
  })
})

describe('the command', () => {
  const run = (
    words: string,
    secret: string,
    environment: Record<string, string> = {},
    changes: Partial<Deployment> = {},
  ) => {
    const stage = fakeStage()
    stage.flags['TRADING_ACCOUNT_LABEL'] = 'alpha'
    stage.flags['TRADING_ACCOUNTS_JSON'] = JSON.stringify([{ label: 'alpha', base_url: exchange?.baseUrl }])
    const credentials = { ...stage.deployment.credentials, read: async () => ({ ...ALPHA_KEY, secret }) }
    return runInside(['forward', ...words.split(' ').filter(Boolean)], {
      folder: tmpdir(),
      deployment: {
        ...stage.deployment,
        credentials,
        openUpdateStreams: async () => new AlpacaTradeUpdateStreams(FAST),
        ...changes,
      },
      environment: { TORGHUT_STAGE: 'dev', ...environment },
    })
  }

  it('wants an account, and says which keys are none', async () => {
    exchange = await openExchange({ alwaysOpen: true })
    const nobody = await run('--once', 'secret-alpha')
    expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining('TORGHUT_ACCOUNT_LABEL')])
    const refused = await run('--once', 'wrong-secret', { TORGHUT_ACCOUNT_LABEL: 'alpha' })
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('put-credentials alpha')])
    expect(refused.stderr).not.toContain('wrong-secret')
  })

  it('ends by itself when it is to look once', async () => {
    exchange = await openExchange({ alwaysOpen: true })
    const { code, stdout, stderr } = await run('--account alpha --once --json', 'secret-alpha')
    expect([code, JSON.parse(stdout), stderr]).toEqual([
      0,
      { account: 'alpha', ended: 'stopped', counts: { forwarder_made_up_total: 0 } },
      expect.stringContaining('alpha: listening'),
    ])
  })

  it('puts them on the topic of the cluster that it is given, by the user of the secret', async () => {
    exchange = await openExchange({ alwaysOpen: true })
    const opened: unknown[] = []
    let closed = 0
    const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_updates-a1B2c3'
    const { code } = await run(
      '--account alpha --once --json --kafka-brokers one.example.com:9096',
      'secret-alpha',
      { TORGHUT_KAFKA_SECRET_ARN: arn, TOPIC_TRADE_UPDATES_V2: 'updates-of-all' },
      {
        readUserSecret: async (secret) => ({ username: 'forwarder', password: `of ${secret}` }),
        openTopic: async (...cluster) => {
          opened.push(cluster)
          return { send: async () => ({ failed: [] }), close: async () => void (closed += 1) }
        },
      },
    )
    expect([code, closed]).toEqual([0, 1])
    const sasl = { mechanism: 'SCRAM-SHA-512', username: 'forwarder', password: `of ${arn}` }
    expect(opened).toEqual([
      // within the last three seconds of a lease, in which nothing is sent
      [{ brokers: ['one.example.com:9096'], tls: { authority: null }, sasl }, 'updates-of-all', 2500],
    ])
    const wrong = await run('--account alpha --once', 'secret-alpha', { TORGHUT_KAFKA_BROKERS: 'nowhere' })
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('TORGHUT_KAFKA_BROKERS')])
  })
})
