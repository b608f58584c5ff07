/**
 * How many broker requests one invocation may still send (docs/architecture.md#request-budget: at most 60 an
 * invocation and 3 invocations a minute per account, so never over 180 a minute; Alpaca's own limit is 200).
 *
 * Invariant: a request is counted before it is sent and never given back, so retries and failures count too.
 */
export const REQUESTS_PER_INVOCATION = 60

export class RequestBudget {
  readonly limit: number
  #spent = 0

  constructor(limit: number = REQUESTS_PER_INVOCATION) {
    this.limit = limit
  }

  /** Requests taken so far. */
  get spent(): number {
    return this.#spent
  }

  /** Takes one request; false when none is left, and then nothing may be sent. */
  take(): boolean {
    if (this.#spent >= this.limit) return false
    this.#spent += 1
    return true
  }
}
