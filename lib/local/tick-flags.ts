/**
 * Flags that a tick reads once. Whoever asks again while it is dispatched, as the multi-account gate does, gets the same reading:
 * what is kept under its text (`keptInForce`) was then worked out from that text alone.
 */
import type { FlagReading, FlagSource } from '../ports/flag-source.ts'

export interface TickFlags {
  /** For who begins the tick: reads anew. */
  readonly begin: FlagSource
  /** For all others. */
  readonly within: Pick<FlagSource, 'read'>
}

export function tickFlags(flags: FlagSource): TickFlags {
  let present: Promise<FlagReading> | null = null
  return {
    begin: {
      read: (maxAgeMs) => (present = flags.read(maxAgeMs)),
      readNamed: (names) => flags.readNamed(names),
    },
    within: { read: (maxAgeMs) => present ?? flags.read(maxAgeMs) },
  }
}
