/**
 * A FIFO queue inside the process, as SQS keeps one: groups side by side, the messages of a group one after
 * the other in the order sent, a deduplication id taken once.
 */
import type { Queue, QueueMessage } from '../ports/queue.ts'

/** Ids that are remembered: those of far more messages than SQS takes in its five minutes. */
const REMEMBERED = 2 ** 12

export class FifoQueue<Result> implements Queue {
  readonly #handle: (body: string) => Promise<Result>
  /** Oldest first. */
  readonly #seen = new Set<string>()
  readonly #tails = new Map<string, Promise<void>>()
  readonly #results: Result[] = []
  #fault: { readonly error: unknown } | null = null

  constructor(handle: (body: string) => Promise<Result>) {
    this.#handle = handle
  }

  async send(messages: readonly QueueMessage[]): Promise<{ readonly failed: readonly string[] }> {
    for (const { groupId, deduplicationId, body } of messages) {
      if (this.#seen.has(deduplicationId)) continue
      this.#remember(deduplicationId)
      const before = this.#tails.get(groupId) ?? Promise.resolve()
      const after = before.then(() => this.#process(body))
      this.#tails.set(groupId, after)
    }
    return { failed: [] }
  }

  /** Waits until every message sent so far was handled. @throws the first handler's error */
  async drained(): Promise<readonly Result[]> {
    await Promise.all(this.#tails.values())
    this.#tails.clear()
    if (this.#fault !== null) throw this.#fault.error
    return this.#results.splice(0)
  }

  #remember(deduplicationId: string): void {
    this.#seen.add(deduplicationId)
    if (this.#seen.size <= REMEMBERED) return
    const [oldest] = this.#seen
    if (oldest !== undefined) this.#seen.delete(oldest)
  }

  async #process(body: string): Promise<void> {
    if (this.#fault !== null) return
    try {
      this.#results.push(await this.#handle(body))
    } catch (error) {
      this.#fault ??= { error }
    }
  }
}
