/**
 * How a function asks Parameter Store (docs/architecture.md#order-firewall): attempts that end soon, a second one on
 * a connection of its own, since a kept one may have died while the process stood still; under throttling, which
 * everything in the AWS account shares, again and again with jitter until the patience ends.
 *
 * Invariant: what was read is as old as the *beginning* of the attempt that answered.
 */
import type { SSMClient } from '@aws-sdk/client-ssm'
import { setTimeout as sleep } from 'node:timers/promises'
import { UnavailableError } from '../../domain/errors.ts'
import { ageOf, momentOf, type Moment } from '../../domain/time.ts'
import type { Clock } from '../../ports/clock.ts'
import { isThrottled } from '../aws/fault-kind.ts'

/** The longest that one attempt waits, connection and body included. */
const ATTEMPT_MS = 1200
/** How long a throttled request is tried again. */
const PATIENCE_MS = 10_000
const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 1600
/** So that whatever was wrong has a moment to pass. */
const LEAST_PAUSE_MS = 50

/** Clients whose own retries are off. */
export interface ParameterClients {
  /** Keeps its connections. */
  readonly kept: SSMClient
  /** Opens a connection for each request. */
  readonly fresh: SSMClient
}

export interface ParameterAccess extends ParameterClients {
  readonly clock: Clock
  readonly pause: (milliseconds: number) => Promise<unknown>
  /** Draws from [0, 1). */
  readonly random: () => number
}

/** Pauses of the machine, drawn by its own randomness. */
export const machinePauses: Pick<ParameterAccess, 'pause' | 'random'> = {
  pause: (milliseconds) => sleep(milliseconds),
  random: () => Math.random(),
}

export interface Answered<Answer> {
  readonly answer: Answer
  /** When the attempt that answered began. */
  readonly begunAt: Moment
}

/**
 * Asks until there is an answer, as often as the fault allows.
 * @throws UnavailableError naming `what`, with the last attempt's cause
 */
export async function askParameterStore<Answer>(
  { kept, fresh, clock, pause, random }: ParameterAccess,
  what: string,
  ask: (client: SSMClient, limit: { readonly abortSignal: AbortSignal }) => Promise<Answer>,
): Promise<Answered<Answer>> {
  const begun = { readAt: momentOf(clock) }
  let failed = false
  for (let attempt = 1; ; attempt += 1) {
    const begunAt = momentOf(clock)
    try {
      return {
        answer: await ask(failed ? fresh : kept, { abortSignal: AbortSignal.timeout(ATTEMPT_MS) }),
        begunAt,
      }
    } catch (cause) {
      const throttled = isThrottled(cause)
      const mayTryAgain = throttled ? ageOf(begun, momentOf(clock)) < PATIENCE_MS : !failed
      if (!mayTryAgain || isRefusal(cause)) {
        throw new UnavailableError(`${what} cannot be read from Parameter Store`, {
          cause,
          advice: 'Check the network, the permissions and whether Parameter Store throttles this account.',
        })
      }
      failed ||= !throttled
      const longest = throttled ? Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1)) : 0
      await pause(LEAST_PAUSE_MS + random() * longest)
    }
  }
}

/** Parameter Store has answered, and would answer the same again. */
function isRefusal(cause: unknown): boolean {
  return cause instanceof Error && '$fault' in cause && cause.$fault === 'client' && !isThrottled(cause)
}
