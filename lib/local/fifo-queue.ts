/**
 * A FIFO queue inside the process, as SQS keeps one: groups side by side, the messages of a group one after
 * the other in the order sent, a deduplication id taken once. It hands messages over as they are: texts are for what
 * lies between processes.
 */
import type { Queue, QueueMessage } from '../ports/queue.ts'

/** Ids that are remembered at least: those of far more messages than SQS takes in its five minutes. */
const REMEMBERED = 2 ** 12
const DONE = Promise.resolve()
const TAKEN: Promise<{ readonly failed: readonly string[] }> = Promise.resolve({ failed: [] })

export class FifoQueue<Body, Result> implements Queue<Body> {
  readonly #handle: (body: Body) => Promise<Result>
  /** The latest ids, and those before them. */
  #seen = new Set<string>()
  #seenBefore: ReadonlySet<string> = new Set()
  /** What each group ends with. */
  readonly #tails = new Map<string, Promise<void>>()
  #results: Result[] = []
  #fault: { readonly error: unknown } | null = null
  readonly #keep = (result: Result): void => void this.#results.push(result)
  readonly #fail = (error: unknown): void => void (this.#fault ??= { error })

  constructor(handle: (body: Body) => Promise<Result>) {
    this.#handle = handle
  }

  send(messages: readonly QueueMessage<Body>[]): typeof TAKEN {
    for (const { groupId, deduplicationId, body } of messages) {
      if (!this.#isNew(deduplicationId)) continue
      const before = this.#tails.get(groupId)
      const after = before === undefined ? this.#process(body) : before.then(() => this.#process(body))
      this.#tails.set(groupId, after)
    }
    return TAKEN
  }

  /** Waits until every message sent so far was handled. @throws the first handler's error */
  async drained(): Promise<readonly Result[]> {
    for (const [groupId, tail] of this.#tails) {
      await tail
      if (this.#tails.get(groupId) === tail) this.#tails.delete(groupId)
    }
    if (this.#fault !== null) throw this.#fault.error
    const results = this.#results
    this.#results = []
    return results
  }

  #isNew(deduplicationId: string): boolean {
    if (this.#seenBefore.has(deduplicationId)) return false
    const known = this.#seen.size
    // looked up once: there are so many that each look-up takes its time
    if (this.#seen.add(deduplicationId).size === known) return false
    if (known >= REMEMBERED) {
      this.#seenBefore = this.#seen
      this.#seen = new Set()
    }
    return true
  }

  #process(body: Body): Promise<void> {
    return this.#fault === null ? this.#handle(body).then(this.#keep, this.#fail) : DONE
  }
}
