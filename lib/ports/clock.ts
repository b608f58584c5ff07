/** Time (docs/architecture.md#time). `now` may be simulated on a laptop; `monotonic` never is. */
import type { EpochMs, MonotonicMs } from '../domain/time.ts'

export interface Clock {
  /** For ages, cooldowns and sessions. */
  now(): EpochMs
  /** For timeouts and the age of a kill-switch reading. */
  monotonic(): MonotonicMs
}
