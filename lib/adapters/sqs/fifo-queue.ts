/**
 * A FIFO queue's sending side over SQS: ten messages a request, several requests at a time, and again what the queue did
 * not take. What it never took is named, never passed over.
 *
 * Invariant: the messages of a group are sent one request after the other, in their order; requests that run side by
 * side hold other groups.
 */
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { setTimeout as sleep } from 'node:timers/promises'
import { UnavailableError } from '../../domain/errors.ts'
import type { Queue, QueueMessage } from '../../ports/queue.ts'

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const BATCH_SIZE = 10
/** Requests at the same time, below the 300 a second that a FIFO queue takes. */
const STREAMS = 10
/** How often what was not taken is sent, the first time included. */
const ATTEMPTS = 3
const FIRST_PAUSE_MS = 100

interface Sent {
  readonly failed: readonly QueueMessage[]
  /** Why the queue could not be reached, if it could not. */
  readonly cause: unknown
}

export class SqsFifoQueue implements Queue {
  readonly #sqs: SQSClient
  readonly #url: string
  readonly #pause: (milliseconds: number) => Promise<unknown>
  readonly #withinMs: number | undefined

  /** @param withinMs how long a send may take with all its requests; unless given, as long as the client lets it */
  constructor(
    sqs: SQSClient,
    url: string,
    pause: (milliseconds: number) => Promise<unknown> = (milliseconds) => sleep(milliseconds),
    withinMs?: number,
  ) {
    this.#sqs = sqs
    this.#url = url
    this.#pause = pause
    this.#withinMs = withinMs
  }

  /** @throws UnavailableError when the queue took nothing since it could not be reached */
  async send(messages: readonly QueueMessage[]): Promise<{ readonly failed: readonly string[] }> {
    const end = this.#withinMs === undefined ? undefined : AbortSignal.timeout(this.#withinMs)
    const streams = streamsOf(messages)
    const sent = await Promise.all(streams.map((stream) => this.#sendStream(stream, end)))
    const failed = sent.flatMap((one) => one.failed)
    const cause = sent.find((one) => one.cause !== null)?.cause
    if (cause !== undefined && failed.length === messages.length) {
      throw new UnavailableError('the queue cannot be reached', { cause })
    }
    return { failed: failed.map(({ deduplicationId }) => deduplicationId) }
  }

  /** One request after the other; a queue that cannot be reached ends the stream. */
  async #sendStream(messages: readonly QueueMessage[], end?: AbortSignal): Promise<Sent> {
    const failed: QueueMessage[] = []
    for (let start = 0; start < messages.length; start += BATCH_SIZE) {
      try {
        failed.push(...(await this.#sendAgain(messages.slice(start, start + BATCH_SIZE), end)))
      } catch (cause) {
        return { failed: [...failed, ...messages.slice(start)], cause }
      }
    }
    return { failed, cause: null }
  }

  /** Those that the queue did not take, however often they were sent. */
  async #sendAgain(
    batch: readonly QueueMessage[],
    end: AbortSignal | undefined,
  ): Promise<readonly QueueMessage[]> {
    let open = batch
    for (let attempt = 1; ; attempt += 1) {
      open = await this.#sendBatch(open, end)
      if (open.length === 0 || attempt === ATTEMPTS) return open
      await this.#pause(FIRST_PAUSE_MS * 2 ** (attempt - 1))
    }
  }

  async #sendBatch(
    batch: readonly QueueMessage[],
    end: AbortSignal | undefined,
  ): Promise<readonly QueueMessage[]> {
    const Entries = batch.map(({ groupId, deduplicationId, body }, index) => ({
      Id: String(index),
      MessageGroupId: groupId,
      MessageDeduplicationId: deduplicationId,
      MessageBody: body,
    }))
    const { Failed = [] } = await this.#sqs.send(
      new SendMessageBatchCommand({ QueueUrl: this.#url, Entries }),
      end === undefined ? {} : { abortSignal: end },
    )
    const failed = new Set(Failed.map(({ Id }) => Number(Id)))
    return batch.filter((_message, index) => failed.has(index))
  }
}

/** Messages by the stream that they go with: no more streams than requests, and each group in one of them. */
function streamsOf(messages: readonly QueueMessage[]): readonly (readonly QueueMessage[])[] {
  const count = Math.min(STREAMS, Math.ceil(messages.length / BATCH_SIZE))
  const streams = Array.from({ length: count }, (): QueueMessage[] => [])
  const groups = new Map<string, QueueMessage[]>()
  for (const message of messages) {
    const known = groups.get(message.groupId)
    if (known === undefined) groups.set(message.groupId, [message])
    else known.push(message)
  }
  for (const group of groups.values()) {
    const shortest = streams.reduce((left, right) => (right.length < left.length ? right : left))
    shortest.push(...group)
  }
  return streams
}
