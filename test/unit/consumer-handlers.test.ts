/**
 * The deployed consumers' handlers, order-feed and ingest: which queue an update came by, which accounts are known,
 * and what they say of a delivery (the time left, whether it comes again).
 */
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

describe('ingest', () => {
  const signal = {
    event_ts: '2026-02-10T15:00:00Z',
    symbol: 'AAPL',
    timeframe: '1Min',
    seq: 1,
    source: 'ta',
    payload: { price: 100 },
  }

  it('looks up what an earlier delivery has stored, and writes nothing then', async () => {
    const services = serveFunction('ingest')
    expect(await deliver('ingest', { body: signal })).toEqual({ batchItemFailures: [] })
    expect(partitions(services)).toContain('signals#ta')
    services.operations.length = 0
    expect(await deliver('ingest', { body: signal, receives: 2 })).toEqual({ batchItemFailures: [] })
    expect(services.operations).toEqual(['GetItem', 'GetItem'])
  })

  it('hands back what there is no time for', async () => {
    const services = serveFunction('ingest')
    const response = await deliver('ingest', { body: signal, remainingMs: 5000 })
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] })
    expect(partitions(services)).toEqual([])
    expect(services.logged.find((line) => line.includes('handed back'))).toMatch(/"m1"/)
  })
})
