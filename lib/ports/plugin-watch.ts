/** Who watches strategies from outside, since some end, or stop, the very thread that asks them. */
import type { TimedOut } from '../domain/plan.ts'

export interface PluginWatch {
  /** Those that an earlier attempt did not survive: not asked from that position on. */
  readonly timedOut: TimedOut
  /** In its first element stands who is asked, by the place in what was introduced; written without a call, for each one. */
  readonly asked: Int32Array
  /** Told of the catalog, sorted by id, before anybody of it is asked. */
  introduce(strategies: readonly { readonly id: string }[]): void
  /** Told right before strategies are asked about the signal at a position. */
  asking(position: number): void
  /** Told when none is asked any more, for the time being. */
  idle(): void
}
