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
