/**
 * How many requests an account may send to its broker (docs/architecture.md#request-budget). Alpaca takes 200 a
 * minute and account (https://alpaca.markets/support/usage-limit-api-calls/); ours end below, since others may use
 * the account too.
 *
 * Invariants: at most 60 requests an invocation and 180 within any 60 seconds, the last 40 of them for cancelling
 * alone; a request is counted before it is sent and never given back, so retries and failures count too.
 */
import { asEpochMs, type EpochMs } from './time.ts'

export const REQUESTS_PER_INVOCATION = 60
export const REQUESTS_PER_MINUTE = 180
/** Of a minute's requests, those that only cancelling may use. */
export const KEPT_FOR_CANCELLING = 40

const MINUTE_MS = 60_000
/** Counts closer together than this are kept as one. */
const SAME_COUNT_MS = 10_000

/** Requests that were sent up to a moment. */
export interface SentRequests {
  readonly until: EpochMs
  readonly count: number
}

/** How many of them count against the minute that ends now. */
export function sentWithinMinute(sent: readonly SentRequests[], now: EpochMs): number {
  return sent.reduce((sum, { until, count }) => (isRecent(until, now) ? sum + count : sum), 0)
}

/** The counts with another one, without those that count no more. */
export function withSent(
  sent: readonly SentRequests[],
  count: number,
  now: EpochMs,
): readonly SentRequests[] {
  const recent = sent.every(({ until }) => isRecent(until, now))
    ? sent
    : sent.filter(({ until }) => isRecent(until, now))
  if (count === 0) return recent
  const last = recent.at(-1)
  if (last === undefined || now - last.until >= SAME_COUNT_MS) return [...recent, { until: now, count }]
  const merged = { until: asEpochMs(Math.max(now, last.until)), count: last.count + count }
  return recent.with(recent.length - 1, merged)
}

/** What is further away than a minute, on either side, is past, or was counted by a clock that was wrong. */
function isRecent(until: EpochMs, now: EpochMs): boolean {
  return Math.abs(now - until) < MINUTE_MS
}

/** What one invocation may send. */
export class RequestBudget {
  #limit: number
  #spent = 0
  #counted = 0

  constructor(limit: number = REQUESTS_PER_INVOCATION) {
    this.#limit = limit
  }

  /** Requests taken so far. */
  get spent(): number {
    return this.#spent
  }

  get left(): number {
    return Math.max(0, this.#limit - this.#spent)
  }

  /** Those taken that are in no stored count yet. */
  get uncounted(): number {
    return this.#spent - this.#counted
  }

  /** Allows so many in all, never more than an invocation's. */
  allow(requests: number): void {
    this.#limit = Math.min(REQUESTS_PER_INVOCATION, Math.max(0, requests))
  }

  /** Takes one request; false when none is left, and then nothing may be sent. */
  take(): boolean {
    if (this.left === 0) return false
    this.#spent += 1
    return true
  }

  /** So many more stand in a stored count now. */
  markCounted(requests: number): void {
    this.#counted += requests
  }
}
