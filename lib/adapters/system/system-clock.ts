/** The machine's clocks. */
import { asEpochMs, asMonotonicMs } from '../../domain/time.ts'
import type { Clock } from '../../ports/clock.ts'

export const systemClock: Clock = {
  now: () => asEpochMs(Date.now()),
  monotonic: () => asMonotonicMs(performance.now()),
}
