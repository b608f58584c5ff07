/** Waiting for what an emulator does in its own time. */
import { setTimeout as delay } from 'node:timers/promises'

/** What hangs is found by a limit, what takes long on a busy machine is not: this many times what a quiet one takes. */
const PATIENCE = 6

/**
 * Asks again and again until the answer is not null.
 * @param quiet how many seconds it takes at most on a machine that has nothing else to do
 * @throws Error naming what did not come
 */
export async function eventually<T>(what: string, quiet: number, ask: () => Promise<T | null>): Promise<T> {
  const seconds = quiet * PATIENCE
  const end = performance.now() + seconds * 1000
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (performance.now() > end) throw new Error(`not within ${seconds} seconds: ${what}`)
    await delay(500)
  }
}
