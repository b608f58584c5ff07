/** Handing messages back: soon, in order, a group at a time, and without ever failing the batch for it. */
import { ChangeMessageVisibilityBatchCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { Context, SQSRecord } from 'aws-lambda'
import { mockClient } from 'aws-sdk-client-mock'
import { beforeEach, describe, expect, it } from 'vitest'
import { consumeFifo } from '../../functions/wiring/consume-fifo.ts'

const QUEUE = 'torghut-dev-signals.fifo'
const sqs = mockClient(SQSClient)
const records: [level: string, message: string][] = []
const telemetry = {
  count: () => {},
  measure: () => {},
  record: (level: string, message: string) => void records.push([level, message]),
}

beforeEach(() => {
  sqs.reset()
  records.length = 0
  sqs.on(GetQueueUrlCommand).callsFake(({ QueueName }: { QueueName: string }) => ({
    QueueUrl: `https://sqs.example/${QueueName}`,
  }))
  sqs.on(ChangeMessageVisibilityBatchCommand).resolves({})
})

function message(messageId: string, group: string, receives = 1): SQSRecord {
  return {
    messageId,
    receiptHandle: `receipt-${messageId}`,
    body: messageId,
    attributes: { MessageGroupId: group, ApproximateReceiveCount: String(receives) },
    eventSourceARN: `arn:aws:sqs:us-east-1:123456789012:${QUEUE}`,
  } as unknown as SQSRecord
}

async function consume(all: readonly SQSRecord[], failing: readonly string[]): Promise<readonly string[]> {
  const response = await consumeFifo({ Records: [...all] }, {} as Context, telemetry, async ({ body }) => {
    if (failing.includes(body)) throw new Error('the table cannot be reached')
  })
  return response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
}

/** Receipt handles and seconds of the one change that was asked for. */
function shown(): readonly (readonly [string | undefined, number | undefined])[] {
  const inputs = sqs.commandCalls(ChangeMessageVisibilityBatchCommand).map(({ args }) => args[0].input)
  expect(inputs.map(({ QueueUrl }) => QueueUrl)).toEqual([`https://sqs.example/${QUEUE}`])
  return (inputs[0]?.Entries ?? []).map(({ ReceiptHandle, VisibilityTimeout }) => [
    ReceiptHandle,
    VisibilityTimeout,
  ])
}

describe('a batch', () => {
  it('asks nothing of the queue when all of it succeeds', async () => {
    expect(await consume([message('1', 'a'), message('2', 'b')], [])).toEqual([])
    expect(sqs.calls()).toHaveLength(0)
  })

  it('shows a failed message again within seconds, with the rest of its group; other groups go on', async () => {
    const batch = [message('1', 'a'), message('2', 'b'), message('3', 'a'), message('4', 'a')]
    expect(await consume(batch, ['3'])).toEqual(['3', '4'])
    expect(shown()).toEqual([
      ['receipt-3', 5],
      ['receipt-4', 5],
    ])
  })

  it('takes the messages of other groups behind one that failed', async () => {
    const batch = [message('1', 'a'), message('2', 'b'), message('3', 'a'), message('4', 'b')]
    expect(await consume(batch, ['1'])).toEqual(['1', '3'])
  })

  it('waits longer each time, never more than five minutes', async () => {
    const seconds: (number | undefined)[] = []
    for (const receives of [1, 2, 3, 6, 7, 19]) {
      sqs.resetHistory()
      await consume([message('1', 'a', receives)], ['1'])
      seconds.push(shown()[0]?.[1])
    }
    expect(seconds).toEqual([5, 10, 20, 160, 300, 300])
    // twenty receives: more than an hour before a message is given up
    const waits = Array.from({ length: 19 }, (_, index) => Math.min(5 * 2 ** index, 300))
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(3600)
  })

  it.each([
    [
      'the queue cannot be asked',
      () => sqs.on(ChangeMessageVisibilityBatchCommand).rejects(new Error('down')),
    ],
    [
      'the queue refuses some',
      () =>
        sqs
          .on(ChangeMessageVisibilityBatchCommand)
          .resolves({ Failed: [{ Id: '0', Code: 'ReceiptHandleIsInvalid', SenderFault: true }] }),
    ],
  ])('is answered alike when %s, and says so', async (_name, arrange) => {
    arrange()
    expect(await consume([message('1', 'a')], ['1'])).toEqual(['1'])
    expect(records.at(-1)).toEqual(['warn', 'messages stay hidden for the whole visibility timeout'])
  })
})
