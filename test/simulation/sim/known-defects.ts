/**
 * Violations that are known and not mended yet. Each names what is wrong; whoever mends it takes its entry away, and
 * the simulator holds it from then on.
 */
import type { Invariant, Violation } from './checks.ts'

export interface KnownDefect {
  readonly name: string
  /** Null: whatever it is. */
  readonly invariant: Invariant | null
  readonly detail: RegExp
}

const KNOWN_DEFECTS: readonly KnownDefect[] = []

export function knownDefect(violation: Violation): KnownDefect | null {
  return (
    KNOWN_DEFECTS.find(
      ({ invariant, detail }) =>
        (invariant === null || invariant === violation.invariant) && detail.test(violation.detail),
    ) ?? null
  )
}

/** Those of the violations that nobody knows of. */
export function unknownOf(violations: readonly Violation[]): readonly Violation[] {
  return violations.filter((violation) => knownDefect(violation) === null)
}
