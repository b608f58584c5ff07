/** Where messages are put in order: a FIFO queue's sending side, or a topic's. */
export interface QueueMessage {
  /** Messages of one group are taken in their order; on a topic it is the key. */
  readonly groupId: string
  readonly deduplicationId: string
  readonly body: string
}

export interface Queue {
  /**
   * Sends all; returns the deduplication ids of what is not known to be taken, which may come twice when it is sent again.
   * @throws UnavailableError when nothing is known to be taken
   */
  send(messages: readonly QueueMessage[]): Promise<{ readonly failed: readonly string[] }>
}

/** One that holds connections. */
export interface OpenQueue extends Queue {
  close(): Promise<void>
}
