/**
 * Consumes a FIFO queue's batch, one message after the other within its group (docs/architecture.md#lane). A
 * message that fails is handed back with the rest of its group, in order; other groups go on.
 */
import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch'
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import type { Telemetry } from '../../lib/ports/telemetry.ts'

export function consumeFifo(
  event: SQSEvent,
  context: Context,
  telemetry: Telemetry,
  consume: (record: SQSRecord) => Promise<unknown>,
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
        { group, message: record.messageId },
        error,
      )
      throw error
    }
  }
  return processPartialResponse(event, recorded, processor, {
    context,
    skipGroupOnError: true,
    throwOnFullBatchFailure: false,
  })
}
