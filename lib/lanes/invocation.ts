/** One run of the lane function, or what stands for it on a laptop: how long it may take, and what preceded it. */
import type { EpochMs } from '../domain/time.ts'

/** How long an invocation may take, and how much of that is left, on the monotonic clock. */
export interface TimeBudget {
  readonly totalMs: number
  remainingMs(): number
  /** Waits; nothing is waited for without it. */
  pause?(milliseconds: number): Promise<unknown>
}

export interface Invocation {
  /** When it ends, at the latest: nothing that it sends leaves later. */
  readonly deadline: EpochMs
  readonly time: TimeBudget
  /** Whether the message was delivered before: its run was killed then. */
  readonly redelivered?: boolean
}
