/** Where messages are put in order: a FIFO queue's sending side, or a topic's. Inside a process they need not be texts. */
export interface QueueMessage<Body = string> {
  /** Messages of one group are taken in their order; on a topic it is the key. */
  readonly groupId: string
  readonly deduplicationId: string
  readonly body: Body
}

export interface Queue<Body = string> {
  /**
   * Sends all; returns the deduplication ids of what is not known to be taken, which may come twice when it is sent again.
   * @throws UnavailableError when nothing is known to be taken
   */
  send(messages: readonly QueueMessage<Body>[]): Promise<{ readonly failed: readonly string[] }>
}

/** One that holds connections. */
export interface OpenQueue extends Queue {
  close(): Promise<void>
}
