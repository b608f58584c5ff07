/**
 * A FIFO queue: groups in order, one delivery of a group at a time, visibility and redelivery, deduplication for five
 * minutes, and dead letters after too many deliveries.
 */
export interface QueuedMessage {
  readonly id: string
  readonly group: string
  readonly body: string
  receives: number
  /** Nobody sees it before. */
  visibleAt: number
  /** Of its last delivery; only this one may delete it. */
  receipt: string
}

const DEDUPLICATION_MS = 300_000

export interface QueueOptions {
  /** As it is deployed. */
  readonly name: string
  readonly visibilityMs: number
  readonly maxReceives: number
  readonly deadLetters: FifoQueue | null
}

export class FifoQueue {
  readonly options: QueueOptions
  readonly messages: QueuedMessage[] = []
  readonly #taken = new Map<string, number>()
  #sent = 0
  #deliveries = 0
  #redriven = 0

  constructor(options: QueueOptions) {
    this.options = options
  }

  /** False when it was taken before, within five minutes. */
  send(group: string, deduplicationId: string, body: string, now: number): boolean {
    const before = this.#taken.get(deduplicationId)
    if (before !== undefined && now - before < DEDUPLICATION_MS) return false
    this.#taken.set(deduplicationId, now)
    this.#sent += 1
    const id = `${this.options.name}-${this.#sent}`
    this.messages.push({ id, group, body, receives: 0, visibleAt: now, receipt: '' })
    return true
  }

  /** Takes the first messages of the groups that nobody works on; those delivered too often become dead letters. */
  receive(most: number, now: number, hiddenMs = this.options.visibilityMs): readonly QueuedMessage[] {
    const busy = new Set<string>()
    const taken: QueuedMessage[] = []
    for (const message of this.messages.slice()) {
      if (message.visibleAt > now) busy.add(message.group)
      if (busy.has(message.group) || taken.length === most) continue
      if (message.receives >= this.options.maxReceives) {
        this.#bury(message, now)
        continue
      }
      this.#deliveries += 1
      message.receives += 1
      message.receipt = `receipt-${this.#deliveries}`
      taken.push(message)
    }
    for (const message of taken) message.visibleAt = now + hiddenMs
    return taken
  }

  /** Only with the receipt of the last delivery, as SQS deletes from FIFO queues. */
  delete(receipt: string): boolean {
    const index = this.messages.findIndex((message) => message.receipt === receipt)
    if (index === -1) return false
    this.messages.splice(index, 1)
    return true
  }

  changeVisibility(receipt: string, visibleAt: number): void {
    const message = this.messages.find((candidate) => candidate.receipt === receipt)
    if (message !== undefined) message.visibleAt = visibleAt
  }

  /** The bodies of all that nobody has acknowledged, dead letters too. */
  waiting(): readonly string[] {
    const given = [...this.messages, ...(this.options.deadLetters?.messages ?? [])]
    return given.map(({ body }) => body)
  }

  /** When the next message can be taken; null when there is none. */
  nextVisibleAt(): number | null {
    const times = this.messages.map(({ visibleAt }) => visibleAt)
    return times.length === 0 ? null : Math.min(...times)
  }

  /** Moves the dead letters back to the end of the queue. */
  redrive(now: number): void {
    for (const { group, id, body } of this.options.deadLetters?.messages.splice(0) ?? []) {
      this.#redriven += 1
      this.send(group, `redrive-${this.#redriven}-${id}`, body, now)
    }
  }

  #bury(message: QueuedMessage, now: number): void {
    this.messages.splice(this.messages.indexOf(message), 1)
    this.options.deadLetters?.send(message.group, message.id, message.body, now)
  }
}
