/** Where input goes that cannot be used, so that it neither blocks the rest nor is lost. */
export interface QuarantinedInput {
  /** Who sent it: a queue message's group, or `unknown`. */
  readonly origin: string
  readonly text: string
  readonly reason: string
}

export interface Quarantine {
  /** Idempotent: the same text of the same origin is kept once. @throws UnavailableError */
  put(input: QuarantinedInput): Promise<void>
}
