/** What an operator sees of the deployed queues, and does with their dead letters. */
import type { QueueName } from '../domain/deployment-parts.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Queue } from './queue.ts'

/** A queue, or the dead-letter queue that belongs to it. */
export interface QueuePlace {
  readonly queue: QueueName
  readonly deadLetters: boolean
}

export interface QueueDepth {
  readonly waiting: number
  /** Taken by a function that has not finished yet. */
  readonly inFlight: number
}

export interface QueuedMessage {
  readonly messageId: string
  readonly groupId: string
  readonly deduplicationId: string
  readonly sentAt: EpochMs | null
  readonly receiveCount: number
  readonly body: string
  /** Proves that it was received; needed to delete it or to give it back. */
  readonly receipt: string
}

export interface QueueOperations {
  /** About right, as the service counts; null when the queue does not exist. @throws UnavailableError */
  depth(place: QueuePlace): Promise<QueueDepth | null>
  /** Takes up to ten messages, in the order of their groups; others see them again after `hiddenSeconds`. */
  receive(place: QueuePlace, hiddenSeconds: number): Promise<readonly QueuedMessage[]>
  /** Lets others see received messages at once. */
  release(place: QueuePlace, messages: readonly QueuedMessage[]): Promise<void>
  remove(place: QueuePlace, messages: readonly QueuedMessage[]): Promise<void>
  /** The sending side. @param withinMs how long a send may take. @throws ConfigurationError when there is no such queue */
  sender(queue: QueueName, withinMs?: number): Promise<Queue>
}
