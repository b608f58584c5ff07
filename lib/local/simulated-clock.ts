/**
 * The laptop's clock (docs/architecture.md#time): `now` stands still at the schedule's tick until the runtime
 * moves it; `monotonic` is the machine's.
 */
// the global of this name is looked up by a getter, which a run asks for hundreds of thousands of times
import { performance } from 'node:perf_hooks'
import { type EpochMs, type MonotonicMs, asEpochMs, asMonotonicMs } from '../domain/time.ts'
import type { Clock } from '../ports/clock.ts'

export class SimulatedClock implements Clock {
  #now: EpochMs = asEpochMs(0)

  now(): EpochMs {
    return this.#now
  }

  monotonic(): MonotonicMs {
    return asMonotonicMs(performance.now())
  }

  set(now: EpochMs): void {
    this.#now = now
  }
}
