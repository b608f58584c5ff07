/**
 * A FIFO queue inside the process, as SQS keeps one: groups side by side, the messages of a group one after
 * the other in the order sent, a deduplication id taken once (here by group: each names its lane). It hands messages over as they are: texts are for what
 * lies between processes.
 */
import type { Queue, QueueMessage } from '../ports/queue.ts'

/**
 * Ids of each group that are remembered at least: more than a lane is sent in the five minutes for which SQS remembers them, with a
 * tick each second. What is kept for thousands of messages costs as much time as sending them.
 */
const REMEMBERED = 2 ** 9
const DONE = Promise.resolve()
const TAKEN: Promise<{ readonly failed: readonly string[] }> = Promise.resolve({ failed: [] })

interface Group {
  /** What it ends with; null when all of it was handled. */
  tail: Promise<void> | null
  /** The latest ids, and those before them. */
  seen: Set<string>
  seenBefore: ReadonlySet<string>
}

export class FifoQueue<Body, Result> implements Queue<Body> {
  readonly #handle: (body: Body) => Promise<Result>
  readonly #groups = new Map<string, Group>()
  #results: Result[] = []
  #fault: { readonly error: unknown } | null = null
  readonly #keep = (result: Result): void => void this.#results.push(result)
  readonly #fail = (error: unknown): void => void (this.#fault ??= { error })

  constructor(handle: (body: Body) => Promise<Result>) {
    this.#handle = handle
  }

  send(messages: readonly QueueMessage<Body>[]): typeof TAKEN {
    for (const { groupId, deduplicationId, body } of messages) {
      const group = this.#groups.get(groupId) ?? this.#newGroup(groupId)
      if (!isNew(deduplicationId, group)) continue
      group.tail = group.tail === null ? this.#process(body) : group.tail.then(() => this.#process(body))
    }
    return TAKEN
  }

  /** Waits until every message sent so far was handled. @throws the first handler's error */
  async drained(): Promise<readonly Result[]> {
    for (const group of this.#groups.values()) {
      while (group.tail !== null) {
        const { tail } = group
        await tail
        if (group.tail === tail) group.tail = null
      }
    }
    if (this.#fault !== null) throw this.#fault.error
    const results = this.#results
    this.#results = []
    return results
  }

  #newGroup(groupId: string): Group {
    const group: Group = { tail: null, seen: new Set(), seenBefore: new Set() }
    this.#groups.set(groupId, group)
    return group
  }

  #process(body: Body): Promise<void> {
    return this.#fault === null ? this.#handle(body).then(this.#keep, this.#fail) : DONE
  }
}

function isNew(deduplicationId: string, group: Group): boolean {
  if (group.seenBefore.has(deduplicationId)) return false
  const known = group.seen.size
  // looked up once: there are so many that each look-up takes its time
  if (group.seen.add(deduplicationId).size === known) return false
  if (known >= REMEMBERED) {
    group.seenBefore = group.seen
    group.seen = new Set()
  }
  return true
}
