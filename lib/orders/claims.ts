/**
 * Claims: who may be sending an order, and until when (docs/architecture.md#submitting).
 *
 * Invariant: a claim counts as dead only when its holder cannot be sending any more: it said so itself, its
 * deadline and a margin have passed, or - where one process owns the state alone - it belongs to an
 * earlier process.
 */
import type { Claim } from '../domain/execution.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Randomness } from '../ports/randomness.ts'

/** How long after `diesAt` a request of the holder may still arrive. */
export const CLAIM_MARGIN_MS = 10_000

/** Whether the holder of a claim cannot be sending any more, whoever asks. */
export function isDeadClaim(claim: Claim | null, now: EpochMs): boolean {
  return claim === null || claim.dead || now > claim.diesAt + CLAIM_MARGIN_MS
}

export interface ClaimPolicy {
  /** A new claim of this invocation. */
  create(takeover: boolean): Claim
  isDead(claim: Claim | null, now: EpochMs): boolean
}

export interface ClaimPolicyOptions {
  readonly randomness: Randomness
  /** When this invocation ends, at the latest. */
  deadline(): EpochMs
  /** Set where the state belongs to one process at a time: the prefix of this process's tokens. */
  readonly exclusiveHolder?: string
}

export function createClaimPolicy(options: ClaimPolicyOptions): ClaimPolicy {
  const prefix = options.exclusiveHolder === undefined ? '' : `${options.exclusiveHolder}/`
  return {
    create: (takeover) => ({
      token: `${prefix}${options.randomness.token()}`,
      diesAt: options.deadline(),
      takeover,
      dead: false,
    }),
    isDead: (claim, now) => isDeadClaim(claim, now) || claim?.token.startsWith(prefix) !== true,
  }
}
