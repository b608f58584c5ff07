/** An SQS client over simulated queues: the sending side, as the adapter of the queue port uses it. */
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { FifoQueue } from './fifo-queue.ts'

export interface SendBatch {
  readonly queue: FifoQueue
  readonly deduplicationIds: readonly string[]
  /** Sends those entries; the answer names those that were not taken. */
  perform(now: number, taken: number): { readonly Failed: { readonly Id: string }[] }
}

export class SimulatedSqsClient {
  readonly #queue: FifoQueue
  readonly #carry: (batch: SendBatch) => Promise<unknown>

  constructor(queue: FifoQueue, carry: (batch: SendBatch) => Promise<unknown>) {
    this.#queue = queue
    this.#carry = carry
  }

  asClient(): SQSClient {
    return this as unknown as SQSClient
  }

  // eslint-disable-next-line typescript/require-await
  async send(command: unknown): Promise<unknown> {
    if (!(command instanceof SendMessageBatchCommand)) {
      throw new Error(`the simulated SQS does not know ${(command as object).constructor.name}`)
    }
    const { Entries = [] } = command.input
    return this.#carry({
      queue: this.#queue,
      deduplicationIds: Entries.map(({ MessageDeduplicationId = '' }) => MessageDeduplicationId),
      perform: (now, taken) => {
        for (const entry of Entries.slice(0, taken)) {
          const { MessageGroupId = '', MessageDeduplicationId = '', MessageBody = '' } = entry
          this.#queue.send(MessageGroupId, MessageDeduplicationId, MessageBody, now)
        }
        return { Failed: Entries.slice(taken).map(({ Id = '' }) => ({ Id })) }
      },
    })
  }
}
