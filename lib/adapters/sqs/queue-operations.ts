/** The deployed queues as an operator sees them, over SQS. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { DeploymentNames } from '../../deployment/names.ts'
import { ConfigurationError, UnavailableError } from '../../domain/errors.ts'
import { asEpochMs } from '../../domain/time.ts'
import type { QueuedMessage, QueueOperations, QueuePlace } from '../../ports/queue-operations.ts'
import { type AwsPlace, callAws, callAwsOrNull } from '../aws/calls.ts'
import { SqsFifoQueue } from './fifo-queue.ts'

const NO_QUEUE = ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue']
const MOST_MESSAGES = 10

export class SqsQueueOperations implements QueueOperations {
  readonly #sqs: SQSClient
  readonly #place: AwsPlace
  readonly #names: DeploymentNames
  readonly #urls = new Map<string, string>()

  constructor(sqs: SQSClient, place: AwsPlace, names: DeploymentNames) {
    this.#sqs = sqs
    this.#place = place
    this.#names = names
  }

  async depth(queue: QueuePlace): ReturnType<QueueOperations['depth']> {
    const url = await this.#urlOrNull(queue)
    if (url === null) return null
    const { Attributes } = await callAws(this.#place, `reading the depth of ${this.#name(queue)}`, () =>
      this.#sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: url,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      ),
    )
    return {
      waiting: Number(Attributes?.ApproximateNumberOfMessages ?? 0),
      inFlight: Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0),
    }
  }

  async receive(queue: QueuePlace, hiddenSeconds: number): Promise<readonly QueuedMessage[]> {
    const url = await this.#url(queue)
    const { Messages } = await callAws(this.#place, `reading ${this.#name(queue)}`, () =>
      this.#sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: MOST_MESSAGES,
          VisibilityTimeout: hiddenSeconds,
          WaitTimeSeconds: 1,
          MessageSystemAttributeNames: ['All'],
        }),
      ),
    )
    return (Messages ?? []).map(queuedMessage)
  }

  async release(queue: QueuePlace, messages: readonly QueuedMessage[]): Promise<void> {
    if (messages.length === 0) return
    const url = await this.#url(queue)
    const Entries = messages.map(({ receipt }, index) => ({
      Id: String(index),
      ReceiptHandle: receipt,
      VisibilityTimeout: 0,
    }))
    await callAws(this.#place, `giving back messages of ${this.#name(queue)}`, () =>
      this.#sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries })),
    )
  }

  async remove(queue: QueuePlace, messages: readonly QueuedMessage[]): Promise<void> {
    if (messages.length === 0) return
    const url = await this.#url(queue)
    const Entries = messages.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }))
    const { Failed } = await callAws(this.#place, `deleting messages of ${this.#name(queue)}`, () =>
      this.#sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries })),
    )
    if ((Failed?.length ?? 0) > 0) {
      throw new UnavailableError(`${Failed?.length} messages of ${this.#name(queue)} could not be deleted`)
    }
  }

  async sender(queue: QueuePlace['queue'], withinMs?: number): Promise<SqsFifoQueue> {
    const url = await this.#url({ queue, deadLetters: false })
    return new SqsFifoQueue(this.#sqs, url, undefined, withinMs)
  }

  async #url(queue: QueuePlace): Promise<string> {
    const url = await this.#urlOrNull(queue)
    if (url !== null) return url
    const violation = { path: `queue ${this.#name(queue)}`, found: 'nothing', allowed: 'a deployed queue' }
    throw new ConfigurationError('The stage', [violation], {
      advice: 'Deploy the stage (npx cdk deploy -c stage=...), or check the stage and the region.',
    })
  }

  async #urlOrNull(queue: QueuePlace): Promise<string | null> {
    const name = this.#name(queue)
    const known = this.#urls.get(name)
    if (known !== undefined) return known
    const answer = await callAwsOrNull(
      this.#place,
      `finding ${name}`,
      () => this.#sqs.send(new GetQueueUrlCommand({ QueueName: name })),
      NO_QUEUE,
    )
    if (answer?.QueueUrl === undefined) return null
    this.#urls.set(name, answer.QueueUrl)
    return answer.QueueUrl
  }

  #name({ queue, deadLetters }: QueuePlace): string {
    return deadLetters ? this.#names.deadLetterQueue(queue) : this.#names.queue(queue)
  }
}

function queuedMessage({ MessageId, Attributes, Body, ReceiptHandle }: Message): QueuedMessage {
  const sent = Attributes?.SentTimestamp
  return {
    messageId: MessageId ?? '',
    groupId: Attributes?.MessageGroupId ?? '',
    deduplicationId: Attributes?.MessageDeduplicationId ?? '',
    sentAt: sent === undefined ? null : asEpochMs(Number(sent)),
    receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 0),
    body: Body ?? '',
    receipt: ReceiptHandle ?? '',
  }
}
