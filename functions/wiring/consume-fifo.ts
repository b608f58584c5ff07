/**
 * Consumes a FIFO queue's batch, one message after the other within its group (docs/architecture.md#lane). A
 * message that fails is handed back with the rest of its group, in order; other groups go on.
 *
 * What is handed back is made visible again soon instead of at the end of the queue's visibility timeout, which is
 * there for functions that were killed or throttled: after seconds at first, later after minutes, so that neither a
 * passing fault costs minutes nor a long one all of the queue's receives. Order is kept whatever the delays, since a
 * group gives no message out while one of it is hidden (SQS, "Exactly-once processing" and "Message groups").
 */
import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch'
import { ChangeMessageVisibilityBatchCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { clientSettings, FUNCTION_LIMITS } from '../../lib/adapters/aws/client-settings.ts'
import { UnavailableError } from '../../lib/domain/errors.ts'
import type { Telemetry } from '../../lib/ports/telemetry.ts'

const FIRST_DELAY_SECONDS = 5
const LONGEST_DELAY_SECONDS = 300

/** @param handBack shows messages again, before their visibility timeout ends */
export async function consumeFifo(
  event: SQSEvent,
  context: Context,
  telemetry: Telemetry,
  consume: (record: SQSRecord) => Promise<unknown>,
  handBack: (records: readonly SQSRecord[]) => Promise<void> = (records) => showSoon(records, ownClient()),
): Promise<SQSBatchResponse> {
  const processor = new SqsFifoPartialProcessorAsync()
  const recorded = async (record: SQSRecord): Promise<void> => {
    try {
      await consume(record)
    } catch (error) {
      const { MessageGroupId: group = 'unknown' } = record.attributes
      telemetry.record(
        'error',
        'message handed back to the queue',
        { group, message_id: record.messageId },
        error,
      )
      throw error
    }
  }
  const response = await processPartialResponse(event, recorded, processor, {
    context,
    skipGroupOnError: true,
    throwOnFullBatchFailure: false,
  })
  const failed = new Set(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
  const handedBack = event.Records.filter(({ messageId }) => failed.has(messageId))
  if (handedBack.length > 0) {
    await handBack(handedBack).catch((error: unknown) =>
      telemetry.record('warn', 'messages stay hidden for the whole visibility timeout', {}, error),
    )
  }
  return response
}

/**
 * A failure is rare: no client is made before the first one. It tries once: little time may be left, and messages
 * that stay hidden come back all the same.
 */
function ownClient(): SQSClient {
  return new SQSClient(clientSettings({ ...FUNCTION_LIMITS, maxAttempts: 1 }))
}

/** Shows them again soon, by a client that is not used afterwards. @throws UnavailableError when some stay hidden */
export async function showSoon(records: readonly SQSRecord[], sqs: SQSClient): Promise<void> {
  try {
    const QueueName = records[0]?.eventSourceARN.split(':').at(-1)
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }))
    const Entries = records.map(({ receiptHandle: ReceiptHandle, attributes }, index) => ({
      Id: String(index),
      ReceiptHandle,
      VisibilityTimeout: delaySeconds(Number(attributes.ApproximateReceiveCount)),
    }))
    const { Failed = [] } = await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }))
    if (Failed.length > 0) throw new UnavailableError(`${Failed.length} messages were not shown`)
  } finally {
    sqs.destroy()
  }
}

function delaySeconds(receiveCount: number): number {
  return Math.min(FIRST_DELAY_SECONDS * 2 ** Math.max(receiveCount - 1, 0), LONGEST_DELAY_SECONDS)
}
