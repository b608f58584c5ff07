/** A FIFO queue's sending side. */
export interface QueueMessage {
  readonly groupId: string
  readonly deduplicationId: string
  readonly body: string
}

export interface Queue {
  /** Sends all; returns the deduplication ids that the queue did not take. */
  send(messages: readonly QueueMessage[]): Promise<{ readonly failed: readonly string[] }>
}
