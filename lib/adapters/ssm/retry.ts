/**
 * One bounded retry round for Parameter Store, with jitter: throttling there is shared by everything in the
 * account, so asking again and again only makes it worse.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { UnavailableError } from '../../domain/errors.ts'

/** Waits before the second try. */
export type RetryPause = () => Promise<void>

/** Waits 50 to 250 ms. `random` draws from [0, 1). */
export function jitteredPause(random: () => number): RetryPause {
  return () => sleep(50 + random() * 200)
}

/** Runs `ask`, and once more if it failed. @throws UnavailableError naming `what`, with the cause kept. */
export async function withOneRetry<Answer>(
  ask: () => Promise<Answer>,
  pause: RetryPause,
  what: string,
): Promise<Answer> {
  try {
    return await ask()
  } catch {
    await pause()
  }
  try {
    return await ask()
  } catch (cause) {
    throw new UnavailableError(`${what} cannot be read from Parameter Store`, {
      cause,
      advice: 'Check the network, the permissions and whether Parameter Store throttles this account.',
    })
  }
}
