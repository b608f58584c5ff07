/** An SQS client over simulated queues, as far as the adapters, the consumers and the operators' verbs use it. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { FifoQueue } from './fifo-queue.ts'

export interface SqsRequest<Answer> {
  readonly operation: string
  readonly subject: string
  readonly isWrite: boolean
  /** Does it; of a batch so many entries, of all when undefined. The others are named as failed. */
  readonly perform: (now: number, entries?: number) => Answer
  /** How many entries it has; 0: it is no batch. */
  readonly entries: number
  /** Of the messages that it sends. */
  readonly bodies: readonly string[]
}

export type SqsCarrier = <Answer>(request: SqsRequest<Answer>) => Promise<Answer>

interface Entry {
  readonly Id?: string | undefined
  readonly MessageBody?: string | undefined
}

export class SimulatedSqsClient {
  readonly #queues: ReadonlyMap<string, FifoQueue>
  readonly #carry: SqsCarrier

  /** `queues`: by name, which stands for their addresses too. */
  constructor(queues: ReadonlyMap<string, FifoQueue>, carry: SqsCarrier) {
    this.#queues = queues
    this.#carry = carry
  }

  /** As the type that the adapters ask for; they call `send` alone. */
  asClient(): SQSClient {
    return this as unknown as SQSClient
  }

  destroy(): void {}

  // eslint-disable-next-line typescript/require-await
  async send(command: unknown): Promise<unknown> {
    if (command instanceof SendMessageBatchCommand) {
      const { QueueUrl, Entries = [] } = command.input
      const subject = Entries.map(({ MessageDeduplicationId = '' }) => MessageDeduplicationId).join(' ')
      return this.#batch('SendMessageBatch', QueueUrl, subject, Entries, (queue, entry, now) => {
        const { MessageGroupId = '', MessageDeduplicationId = '', MessageBody = '' } = entry
        queue.send(MessageGroupId, MessageDeduplicationId, MessageBody, now)
      })
    }
    if (command instanceof ChangeMessageVisibilityBatchCommand) {
      const { QueueUrl, Entries = [] } = command.input
      return this.#batch('ChangeMessageVisibilityBatch', QueueUrl, '', Entries, (queue, entry, now) => {
        queue.changeVisibility(entry.ReceiptHandle ?? '', now + (entry.VisibilityTimeout ?? 0) * 1000)
      })
    }
    if (command instanceof DeleteMessageBatchCommand) {
      const { QueueUrl, Entries = [] } = command.input
      return this.#batch('DeleteMessageBatch', QueueUrl, '', Entries, (queue, { ReceiptHandle = '' }) => {
        queue.delete(ReceiptHandle)
      })
    }
    if (command instanceof ReceiveMessageCommand) {
      const { QueueUrl, MaxNumberOfMessages = 1, VisibilityTimeout = 0 } = command.input
      return this.#request('ReceiveMessage', QueueUrl, true, (queue, now) => ({
        Messages: queue
          .receive(MaxNumberOfMessages, now, VisibilityTimeout * 1000)
          .map(({ id, group, body, receipt }) => ({
            MessageId: id,
            Body: body,
            ReceiptHandle: receipt,
            Attributes: { MessageGroupId: group },
          })),
      }))
    }
    if (command instanceof GetQueueAttributesCommand) {
      return this.#request('GetQueueAttributes', command.input.QueueUrl, false, ({ messages }) => ({
        Attributes: { ApproximateNumberOfMessages: String(messages.length) },
      }))
    }
    if (command instanceof GetQueueUrlCommand) {
      const { QueueName } = command.input
      return this.#request('GetQueueUrl', QueueName, false, () => ({ QueueUrl: QueueName }))
    }
    throw new Error(`the simulated SQS does not know ${(command as object).constructor.name}`)
  }

  #batch<OneEntry extends Entry>(
    operation: string,
    name: string | undefined,
    subject: string,
    entries: readonly OneEntry[],
    perform: (queue: FifoQueue, entry: OneEntry, now: number) => void,
  ): Promise<unknown> {
    return this.#carry({
      operation,
      subject: `${name} ${subject}`,
      isWrite: true,
      entries: entries.length,
      bodies: entries.flatMap(({ MessageBody }) => MessageBody ?? []),
      perform: (now, taken = entries.length) => {
        const queue = this.#queue(name)
        for (const entry of entries.slice(0, taken)) perform(queue, entry, now)
        return { Failed: entries.slice(taken).map(({ Id = '' }) => ({ Id })) }
      },
    })
  }

  #request<Answer>(
    operation: string,
    name: string | undefined,
    isWrite: boolean,
    perform: (queue: FifoQueue, now: number) => Answer,
  ): Promise<Answer> {
    return this.#carry({
      operation,
      subject: name ?? '',
      isWrite,
      entries: 0,
      bodies: [],
      perform: (now) => perform(this.#queue(name), now),
    })
  }

  #queue(name = ''): FifoQueue {
    const queue = this.#queues.get(name)
    if (queue === undefined) throw new QueueDoesNotExist({ message: `no queue ${name}`, $metadata: {} })
    return queue
  }
}
