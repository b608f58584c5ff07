/**
 * Consumes a batch of Kafka records, one after the other within its partition (docs/architecture.md#order-feed). A record
 * that fails is where its partition goes on; other partitions are not held up.
 *
 * What Lambda expects of the answer: per partition the first offset that is to come again, as an object; what it does
 * not know makes it repeat the whole batch (docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html).
 */
import type { Context, MSKEvent, SelfManagedKafkaEvent } from 'aws-lambda'
import { readKafkaBatch } from '../../lib/formats/kafka-batch.ts'
import type { Telemetry } from '../../lib/ports/telemetry.ts'

export type KafkaEvent = MSKEvent | SelfManagedKafkaEvent

export interface KafkaBatchResponse {
  readonly batchItemFailures: readonly {
    readonly itemIdentifier: { readonly partition: string; readonly offset: number }
  }[]
}

/** A record's contents; a tombstone has none. */
export interface KafkaText {
  readonly topic: string
  readonly text: string
}

/** What is left of an invocation's time when no further record is begun. */
const RESERVED_MS = 5000

export function isKafka(event: object): event is KafkaEvent {
  return 'records' in event
}

/**
 * Tombstones are passed over: they take back what a compacted topic said, and no update is ever taken back so.
 * @throws ConfigurationError for what is no batch, before anything is consumed
 */
export async function consumeKafka(
  event: KafkaEvent,
  context: Context,
  telemetry: Telemetry,
  consume: (record: KafkaText) => Promise<unknown>,
): Promise<KafkaBatchResponse> {
  const partitions = Object.entries(readKafkaBatch(event))
  const failures = await Promise.all(
    partitions.map(async ([partition, inOrder]) => {
      for (const { topic, offset, value } of inOrder) {
        const itemIdentifier = { partition, offset }
        if (context.getRemainingTimeInMillis() < RESERVED_MS) return [{ itemIdentifier }]
        if (value === null) continue
        try {
          await consume({ topic, text: Buffer.from(value, 'base64').toString('utf8') })
        } catch (error) {
          telemetry.record('error', 'record handed back to the topic', { partition, offset }, error)
          return [{ itemIdentifier }]
        }
      }
      return []
    }),
  )
  return { batchItemFailures: failures.flat() }
}
