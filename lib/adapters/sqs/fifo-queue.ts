/**
 * A FIFO queue's sending side over SQS, ten messages a request. What the queue did not take is named, never
 * passed over.
 */
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { UnavailableError } from '../../domain/errors.ts'
import type { Queue, QueueMessage } from '../../ports/queue.ts'

const BATCH_SIZE = 10

export class SqsFifoQueue implements Queue {
  readonly #sqs: SQSClient
  readonly #url: string

  constructor(sqs: SQSClient, url: string) {
    this.#sqs = sqs
    this.#url = url
  }

  async send(messages: readonly QueueMessage[]): Promise<{ readonly failed: readonly string[] }> {
    const failed: string[] = []
    for (let start = 0; start < messages.length; start += BATCH_SIZE) {
      const batch = messages.slice(start, start + BATCH_SIZE)
      for (const index of await this.#sendBatch(batch)) {
        const message = batch[index]
        if (message !== undefined) failed.push(message.deduplicationId)
      }
    }
    return { failed }
  }

  /** Indices of the messages that were not taken. */
  async #sendBatch(batch: readonly QueueMessage[]): Promise<readonly number[]> {
    const Entries = batch.map(({ groupId, deduplicationId, body }, index) => ({
      Id: String(index),
      MessageGroupId: groupId,
      MessageDeduplicationId: deduplicationId,
      MessageBody: body,
    }))
    try {
      const answer = await this.#sqs.send(new SendMessageBatchCommand({ QueueUrl: this.#url, Entries }))
      return answer.Failed?.map(({ Id }) => Number(Id)) ?? []
    } catch (cause) {
      throw new UnavailableError('the queue cannot be reached', { cause })
    }
  }
}
