/**
 * The same 5,000 updates by SQS with one account, SQS with several, and Kafka, mixed, doubled and reordered, through the
 * deployed handler over a database that fails now and then: every order ends as at the exchange, and each update is one
 * event (docs/architecture.md#order-feed). Kafka's records come from a real broker where the machine has one.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'aws-lambda'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { DynamoExecutionStore } from '../../lib/adapters/dynamodb/execution-store.ts'
import { ItemTable } from '../../lib/adapters/dynamodb/table/item-table.ts'
import { KafkaTopic } from '../../lib/adapters/kafka/kafka-topic.ts'
import type { AccountLabel } from '../../lib/domain/account-label.ts'
import { decimal } from '../../lib/domain/decimal.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'
import { asClientOrderId } from '../../lib/domain/ids.ts'
import { feedMessage } from '../../lib/exchange/wire-order.ts'
import type { Queue, QueueMessage } from '../../lib/ports/queue.ts'
import { serveFunction } from '../support/function-services.ts'
import { hasKafka, KafkaBroker } from '../support/kafka/kafka-broker.ts'
import { createTopics, recordsOf } from '../support/kafka/kafka-records.ts'
import { LambdaPoller, type PolledRecord } from '../support/kafka/lambda-poller.ts'
import { ALPHA, BETA, HandClock, openExchange, type TestExchange } from '../support/paper-exchange-fixture.ts'
import { randomNumbers } from '../support/random-numbers.ts'
import { aDecision, anExecution } from '../support/state-samples.ts'

const V1 = 'torghut.trade-updates.v1'
const V2 = 'torghut.trade-updates.v2'
const ORDERS = 1700
const PARTITIONS = 3
const REMAINING = { functionName: 'order-feed', getRemainingTimeInMillis: () => 30_000 } as Context

type Way = 'sqs v1' | 'sqs v2' | 'kafka v1' | 'kafka v2'
const WAYS: readonly Way[] = ['sqs v1', 'sqs v2', 'kafka v1', 'kafka v2']

interface Delivery extends QueueMessage {
  readonly way: Way
}

let exchange: TestExchange
let broker: KafkaBroker | null = null
afterEach(async () => {
  await exchange.stop()
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  vi.resetModules()
})
afterAll(() => broker?.stop())

/** Orders of two accounts, filled in two parts, some cancelled between them. */
async function traded(): Promise<void> {
  const clock = new HandClock('2026-02-10T15:00:00Z')
  exchange = await openExchange({ clock, alwaysOpen: true, prices: { AAPL: decimal('10') } })
  for (let seq = 0; seq < ORDERS; seq += 1) {
    clock.advance(10)
    const account = seq % 3 === 0 ? BETA : ALPHA
    const answer = exchange.placeOrder(account, {
      client_order_id: `tg-${seq}`,
      symbol: 'AAPL',
      side: 'buy',
      qty: '2',
      type: 'market',
      time_in_force: 'day',
    })
    if (!('id' in answer)) throw new Error(JSON.stringify(answer))
    exchange.markPrices({ AAPL: decimal(String(10 + (seq % 7))) })
    exchange.fillPending({ portion: decimal('0.5') })
    if (seq % 10 === 0) exchange.cancelOrder(account, answer.id)
    exchange.markPrices({ AAPL: decimal(String(10 + (seq % 5))) })
    exchange.fillPending()
  }
}

/** Each by one way at least, a third by a second one, some twice by the same; in no order. */
function deliveries(chance: () => number): readonly Delivery[] {
  const pick = (): Way => WAYS[Math.floor(chance() * WAYS.length)] as Way
  const updates = exchange.tradeUpdatesAfter(0)
  const all = updates.flatMap((update) => {
    const ways = [pick(), ...(chance() < 0.33 ? [pick()] : [])]
    return ways.map((way): Delivery => {
      // without a name updates are the primary account's alone
      const named = update.account === ALPHA ? way : (way.replace('v1', 'v2') as Way)
      const body = feedMessage(update, named.endsWith('v1') ? 'v1' : 'v2')
      const deduplicationId = `${named} ${update.sequence} ${chance()}`
      return { way: named, groupId: update.account, deduplicationId, body }
    })
  })
  return all
    .map((delivery) => ({ delivery, at: chance() }))
    .toSorted((left, right) => left.at - right.at)
    .map(({ delivery }) => delivery)
}

/** Kafka's records as a topic would hold them: a partition for each account, tombstones between them. */
async function asRecords(topic: string, messages: readonly Delivery[]): Promise<readonly PolledRecord[]> {
  return messages.map(({ groupId, body }, offset) => ({
    topic,
    partition: groupId.length % PARTITIONS,
    offset,
    timestamp: 1_770_735_600_000 + offset,
    key: Buffer.from(groupId),
    value: offset % 50 === 49 ? null : Buffer.from(body),
    headers: new Map([[Buffer.from('source'), Buffer.from('tests')]]),
  }))
}

/** The same through a real topic. */
async function throughTopic(topic: string, messages: readonly Delivery[]): Promise<readonly PolledRecord[]> {
  broker ??= await KafkaBroker.start()
  await createTopics(broker.plain, PARTITIONS, topic)
  const queue = new KafkaTopic({ brokers: [broker.plain], tls: null, sasl: null }, topic, 60_000)
  for (let start = 0; start < messages.length; start += 50)
    await untilTaken(queue, messages.slice(start, start + 50))
  await queue.close()
  return recordsOf(broker.plain, topic)
}

/** As a forwarder does: a broker that takes nothing now, since its machine stood still, is given the same again. */
async function untilTaken(queue: Queue, messages: readonly Delivery[]): Promise<void> {
  for (;;) {
    try {
      await queue.send(messages)
      return
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      await sleep(200)
    }
  }
}

interface Outcome {
  readonly failures: number
  readonly repeated: number
  /** Orders as they ended: at the exchange, and in the state. */
  readonly atExchange: readonly object[]
  readonly stored: readonly object[]
  /** Updates that the exchange gave, and events that were stored, by account. */
  readonly told: readonly number[]
  readonly events: readonly number[]
}

async function outcomeOf(
  seed: number,
  recorded: (topic: string, messages: readonly Delivery[]) => Promise<readonly PolledRecord[]>,
): Promise<Outcome> {
  const chance = randomNumbers(seed)
  await traded()
  const updates = exchange.tradeUpdatesAfter(0)
  const all = deliveries(chance)
  const by = (way: Way) => all.filter((delivery) => delivery.way === way)
  const [ofV1, ofV2] = [await recorded(V1, by('kafka v1')), await recorded(V2, by('kafka v2'))]
  // a record that was a tombstone said nothing; its update comes once more
  const values = new Set([...ofV1, ...ofV2].map(({ value }) => value?.toString()))
  const lost = all.filter(({ way, body }) => way.startsWith('kafka') && !values.has(body))

  const services = serveFunction('order-feed')
  services.parameters.set('/torghut/dev/flags/TRADING_ACCOUNT_LABEL', ALPHA)
  const registry = JSON.stringify([{ label: ALPHA }, { label: BETA }])
  services.parameters.set('/torghut/dev/flags/TRADING_ACCOUNTS_JSON', registry)
  const executions = new DynamoExecutionStore(new ItemTable(services.dynamo, 'state'))
  const accountOf = (seq: number): AccountLabel => (seq % 3 === 0 ? BETA : ALPHA)
  for (let seq = 0; seq < ORDERS; seq += 1) {
    const changes = { clientOrderId: asClientOrderId(`tg-${seq}`), quantity: decimal('2') }
    const decision = aDecision(seq, accountOf(seq), changes)
    await executions.createExecution(anExecution({}, decision))
  }
  let failures = 0
  services.failWrite = () => {
    const fails = chance() < 0.005
    failures += Number(fails)
    return fails
  }
  const { handler } = await import('../../functions/order-feed.ts')
  const invoke = (event: object) =>
    (handler as unknown as (event: object, context: Context) => Promise<unknown>)(event, REMAINING)

  const queues = (['v1', 'v2'] as const).map((version) => ({
    arn: `arn:aws:sqs:us-east-1:123456789012:order-feed${version === 'v1' ? '' : '-v2'}`,
    waiting: [...by(`sqs ${version}`), ...lost.filter(({ way }) => way.endsWith(version))],
  }))
  const poller = new LambdaPoller([...ofV1, ...ofV2], 100)
  while (!poller.isDone || queues.some(({ waiting }) => waiting.length > 0)) {
    await poller.poll(invoke)
    for (const queue of queues) for (let batch = 0; batch < 8; batch += 1) await receive(queue, invoke)
  }

  const accounts = [ALPHA, BETA]
  const orders = accounts.flatMap((account) => exchange.orders(account).map((order) => ({ account, order })))
  const stored = await Promise.all(
    orders.map(({ account, order }) =>
      executions.readExecution(account, asClientOrderId(order.client_order_id)),
    ),
  )
  const rows = services.written.filter(({ sk }) => sk?.S?.startsWith('execution_order_events#'))
  return {
    failures,
    repeated: poller.repeated,
    atExchange: orders.map(({ order }) => ({
      state: order.status,
      filledQuantity: decimal(order.filled_qty),
      averageFillPrice: order.filled_avg_price === null ? null : decimal(order.filled_avg_price),
      alpacaOrderId: order.id,
    })),
    stored: stored.map((execution) => {
      const { state, filledQuantity, averageFillPrice, alpacaOrderId } = execution ?? anExecution()
      return { state, filledQuantity, averageFillPrice, alpacaOrderId }
    }),
    told: accounts.map((label) => updates.filter(({ account }) => account === label).length),
    events: accounts.map((label) => {
      const own = rows.filter(({ pk }) => pk?.S === `account#${label}`)
      return new Set(own.map(({ sk }) => sk?.S)).size
    }),
  }
}

/** One batch of ten from a FIFO queue; what was handed back stays where it is. */
async function receive(
  queue: { readonly arn: string; waiting: readonly Delivery[] },
  invoke: (event: object) => Promise<unknown>,
): Promise<void> {
  const batch = queue.waiting.slice(0, 10)
  if (batch.length === 0) return
  const answer = (await invoke({
    Records: batch.map(({ groupId, deduplicationId, body }) => ({
      messageId: deduplicationId,
      receiptHandle: deduplicationId,
      body,
      eventSource: 'aws:sqs',
      eventSourceARN: queue.arn,
      attributes: { MessageGroupId: groupId, ApproximateReceiveCount: '1' },
    })),
  })) as { readonly batchItemFailures: readonly { readonly itemIdentifier: string }[] }
  const failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
  queue.waiting = queue.waiting.filter((one) => !batch.includes(one) || failed.has(one.deduplicationId))
}

describe('5,000 updates by both queues and both topics', () => {
  it.each([
    { through: 'records as a topic has them', seed: 5, recorded: asRecords },
    ...(hasKafka() ? [{ through: 'a real broker', seed: 6, recorded: throughTopic }] : []),
  ])('end as at the exchange, through $through', { timeout: 600_000 }, async ({ seed, recorded }) => {
    const outcome = await outcomeOf(seed, recorded)
    expect(outcome.told.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(5000)
    expect(outcome.failures).toBeGreaterThan(20)
    expect(outcome.repeated).toBeGreaterThan(0)
    expect(outcome.stored).toEqual(outcome.atExchange)
    // each update is one event, however often and by whichever way it came
    expect(outcome.events).toEqual(outcome.told)
  })
})
