/**
 * The deployed consumers' handlers, order-feed and ingest: which queue an update came by, which accounts are known,
 * and what they say of a delivery (the time left, whether it comes again).
 */
import { type InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { FunctionName } from '../../lib/domain/deployment-parts.ts'
import { type FunctionServices, serveFunction } from '../support/function-services.ts'

const FIRST_QUEUE = 'arn:aws:sqs:us-east-1:123456789012:order-feed'
const SECOND_QUEUE = 'arn:aws:sqs:us-east-1:123456789012:order-feed-v2'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  vi.resetModules()
})

interface Delivery {
  readonly body: object
  readonly queue?: string
  readonly receives?: number
  readonly remainingMs?: number
}

async function deliver(name: FunctionName, delivery: Delivery): Promise<SQSBatchResponse> {
  const { body, queue = FIRST_QUEUE, receives = 1, remainingMs = 30_000 } = delivery
  const { handler } =
    name === 'ingest'
      ? await import('../../functions/ingest.ts')
      : await import('../../functions/order-feed.ts')
  const record = {
    messageId: 'm1',
    receiptHandle: 'r1',
    body: JSON.stringify(body),
    eventSource: 'aws:sqs',
    eventSourceARN: queue,
    attributes: { MessageGroupId: 'ta', ApproximateReceiveCount: String(receives) },
  }
  const context = { functionName: name, getRemainingTimeInMillis: () => remainingMs } as Context
  const run = handler as unknown as (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>
  return run({ Records: [record] } as unknown as SQSEvent, context)
}

const partitions = ({ written }: FunctionServices) => [...new Set(written.map(({ pk }) => pk?.S))]

describe('order-feed', () => {
  const update = (named: object = {}) => ({
    channel: 'trade_updates',
    payload: { event: 'new', order: { id: 'o1', client_order_id: 'tg-1', status: 'new' }, ...named },
  })

  it('takes what names no account for the default one by the first queue alone', async () => {
    const services = serveFunction('order-feed')
    // whatever the flags call the second topic
    services.parameters.set('/torghut/dev/flags/TRADING_ORDER_FEED_TOPIC_V2', 'updates-of-all')
    await deliver('order-feed', { body: update(), queue: SECOND_QUEUE })
    expect(partitions(services)).toEqual([])
    await deliver('order-feed', { body: update(), queue: FIRST_QUEUE })
    expect(partitions(services)).toEqual(['account#paper'])
  })

  it('stores nothing under an account until it is registered', async () => {
    const services = serveFunction('order-feed')
    const register = (...labels: readonly string[]) =>
      services.parameters.set(
        '/torghut/dev/flags/TRADING_ACCOUNTS_JSON',
        JSON.stringify(labels.map((label) => ({ label }))),
      )
    const ofBeta = { body: update({ account_label: 'beta' }), queue: SECOND_QUEUE }
    register('alpha')
    await deliver('order-feed', ofBeta)
    expect(partitions(services)).toEqual([])
    register('alpha', 'beta')
    await deliver('order-feed', ofBeta)
    expect(partitions(services)).toEqual(['account#beta'])
  })
})

describe('order-feed from Kafka', () => {
  const V1 = 'torghut.trade-updates.v1'
  const V2 = 'torghut.trade-updates.v2'
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const update = (order: string, named: object = {}) =>
    JSON.stringify({
      event: 'new',
      order: { id: order, client_order_id: `tg-${order}`, status: 'new' },
      ...named,
    })
  /** As Lambda delivers them: by partition, in order, values as base64 (a tombstone has none), keys and headers beside. */
  const poll = async (
    records: Readonly<Record<string, readonly (string | null)[]>>,
    remainingMs = 30_000,
  ) => {
    const { handler } = await import('../../functions/order-feed.ts')
    const event = {
      eventSource: 'aws:kafka',
      eventSourceArn: 'arn:aws:kafka:us-east-1:123456789012:cluster/c/1',
      bootstrapServers: 'b-1:9096',
      records: Object.fromEntries(
        Object.entries(records).map(([partition, texts]) => [
          partition,
          texts.map((text, index) => ({
            topic: partition.slice(0, partition.lastIndexOf('-')),
            partition: Number(partition.split('-').at(-1)),
            offset: 100 + index,
            timestamp: 1_770_000_000_000,
            timestampType: 'CREATE_TIME',
            key: base64('alpha'),
            value: text === null ? null : base64(text),
            headers: [{ h: [116] }],
          })),
        ]),
      ),
    }
    const context = { functionName: 'order-feed', getRemainingTimeInMillis: () => remainingMs } as Context
    return (handler as unknown as (event: object, context: Context) => Promise<unknown>)(event, context)
  }
  const register = (services: FunctionServices, ...labels: readonly string[]) =>
    services.parameters.set(
      '/torghut/dev/flags/TRADING_ACCOUNTS_JSON',
      JSON.stringify(labels.map((label) => ({ label }))),
    )
  /** The updates that were stored, whatever else was noted of them. */
  const rows = ({ written }: FunctionServices) =>
    written
      .filter(({ sk }) => sk?.S?.startsWith('execution_order_events#'))
      .map(({ pk, sk }) => `${pk?.S} ${sk?.S?.split('#')[1]}`)

  it('takes what names no account for the default one under the first topic alone, and passes tombstones over', async () => {
    const services = serveFunction('order-feed')
    register(services, 'paper', 'beta')
    const answer = await poll({
      [`${V1}-0`]: [update('o1'), null, 'no json', update('o2')],
      [`${V2}-3`]: [update('o3'), update('o4', { account_label: 'beta' })],
    })
    expect(answer).toEqual({ batchItemFailures: [] })
    expect(rows(services).sort()).toEqual(['account#beta o4', 'account#paper o1', 'account#paper o2'])
  })

  it('goes on in a partition where it failed, and is not held up by it in others', async () => {
    const services = serveFunction('order-feed')
    register(services, 'paper')
    let writes = 0
    services.failWrite = (sk) => sk.includes('#o2#') && (writes += 1) < 2
    const batch = { [`${V1}-0`]: [update('o1'), update('o2'), update('o3')], [`${V1}-1`]: [update('o9')] }
    expect(await poll(batch)).toEqual({
      batchItemFailures: [{ itemIdentifier: { partition: `${V1}-0`, offset: 101 } }],
    })
    expect(rows(services).sort()).toEqual(['account#paper o1', 'account#paper o9'])
    expect(await poll(batch)).toEqual({ batchItemFailures: [] })
    expect(rows(services).filter((row) => row.endsWith('o1'))).toHaveLength(1)
    expect([...new Set(rows(services))]).toHaveLength(4)
  })

  it('begins no record for which there is no time', async () => {
    const services = serveFunction('order-feed')
    register(services, 'paper')
    expect(await poll({ [`${V1}-0`]: [update('o1')] }, 4000)).toEqual({
      batchItemFailures: [{ itemIdentifier: { partition: `${V1}-0`, offset: 100 } }],
    })
    expect(rows(services)).toEqual([])
  })
})

describe('ingest', () => {
  const signal = {
    event_ts: '2012-01-03T15:00:00Z',
    symbol: 'AAPL',
    timeframe: '1Min',
    seq: 1,
    source: 'ta',
    payload: { price: 100 },
  }

  it('looks up what an earlier delivery has stored, and stores nothing a second time', async () => {
    const services = serveFunction('ingest')
    expect(await deliver('ingest', { body: signal })).toEqual({ batchItemFailures: [] })
    expect(partitions(services)).toContain('signals#ta')
    services.operations.length = 0
    const stored = services.written.length
    expect(await deliver('ingest', { body: signal, receives: 2 })).toEqual({ batchItemFailures: [] })
    // two look-ups; the last one that is there is appended once more, since its delivery may have died after the row
    expect(services.operations.slice(0, 2)).toEqual(['GetItem', 'GetItem'])
    expect(services.written).toHaveLength(stored)
    const three = [signal, { ...signal, seq: 2 }, { ...signal, seq: 3 }]
    await deliver('ingest', { body: three })
    services.operations.length = 0
    await deliver('ingest', { body: three, receives: 2 })
    expect(services.operations.filter((operation) => operation === 'PutItem')).toHaveLength(2)
  })

  it('asks the dispatcher for a tick where it is told whom to ask, and for none where it is not', async () => {
    serveFunction('ingest')
    const asked: unknown[] = []
    vi.spyOn(
      LambdaClient.prototype as { send: (command: InvokeCommand) => unknown },
      'send',
    ).mockImplementation(async ({ input }) => asked.push(input))
    await deliver('ingest', { body: signal })
    expect(asked).toEqual([])
    vi.resetModules()
    vi.stubEnv('DISPATCH_FUNCTION_NAME', 'torghut-dev-dispatch')
    await deliver('ingest', {
      body: [
        { ...signal, seq: 2 },
        { ...signal, seq: 3 },
      ],
    })
    expect(asked).toMatchObject([{ FunctionName: 'torghut-dev-dispatch', InvocationType: 'Event' }])
    const event = JSON.parse((asked[0] as { readonly Payload: string }).Payload) as object
    expect(event).toMatchObject({
      source: 'torghut.signals',
      detail: { source: 'ta', position: 3, by: 'ingest' },
    })
  })

  it('hands back what there is no time for', async () => {
    const services = serveFunction('ingest')
    const response = await deliver('ingest', { body: signal, remainingMs: 5000 })
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] })
    expect(partitions(services)).toEqual([])
    expect(services.logged.find((line) => line.includes('handed back'))).toMatch(/"m1"/)
  })
})
