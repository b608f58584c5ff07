/**
 * A reading that is asked for again and again within one invocation (docs/architecture.md#order-firewall).
 *
 * Invariants: it is made anew per invocation, so that no reading outlives the one that began it; it is kept at most
 * 3 s on whichever clock says more, and not at all over a wall clock that went back.
 */
import { ageOf, momentOf, type Moment } from '../domain/time.ts'

/** So that a run with several orders asks once, and 500 lanes stay inside Parameter Store's rate. */
const KEPT_MS = 3000

export function keptReading<Reading extends { readonly readAt: Moment }>(
  clock: Parameters<typeof momentOf>[0],
  read: () => Promise<Reading>,
): () => Promise<Reading> {
  let kept: Reading | null = null
  return async () => {
    if (kept === null || ageOf(kept, momentOf(clock)) > KEPT_MS) kept = await read()
    return kept
  }
}

/** As `keptReading`, of what does not say itself when it was read: its age counts from when it was asked for. */
export function keptAnswer<Answer>(
  clock: Parameters<typeof momentOf>[0],
  ask: () => Promise<Answer>,
): () => Promise<Answer> {
  let kept: { readonly answer: Answer; readonly readAt: Moment } | null = null
  return () => {
    const now = momentOf(clock)
    if (kept !== null && ageOf(kept, now) <= KEPT_MS) return Promise.resolve(kept.answer)
    return ask().then((answer) => {
      kept = { answer, readAt: now }
      return answer
    })
  }
}
