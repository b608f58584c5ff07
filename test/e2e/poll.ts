/** Waiting for what an emulator does in its own time. */
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Asks again and again until the answer is not null.
 * @throws Error naming what did not come
 */
export async function eventually<T>(what: string, seconds: number, ask: () => Promise<T | null>): Promise<T> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (performance.now() > end) throw new Error(`not within ${seconds} seconds: ${what}`)
    await delay(500)
  }
}
