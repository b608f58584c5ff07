/** Who watches plugins from outside, since some end, or stop, the very thread that asks them. */
import type { TimedOut } from '../domain/plan.ts'

export interface PluginWatch {
  /** Those that an earlier attempt did not survive: not asked from that position on. */
  readonly timedOut: TimedOut
  /** Told right before a strategy's plugin is asked about the signal at a position. */
  asking(strategyId: string, position: number): void
  /** Told when none is asked any more, for the time being. */
  idle(): void
}
