/** What the lane function does with a message, inside this process: the same library call, wired locally. */
import type { TickMessage } from '../domain/tick-message.ts'
import { plusSeconds } from '../domain/time.ts'
import { handleMessage, type TickOutcome } from '../lanes/handle-tick.ts'
import { laneWiring, type LanePorts } from '../lanes/lane-wiring.ts'

/** Simulated time: how long a claim of this process would live. It ends with the process anyway. */
const INVOCATION_SECONDS = 50
/** Machine time. Nothing limits an invocation here; a debugger may stop it for a while. */
const TIME_BUDGET_MS = 600_000

/** Makes the consumer of one process; its claims are told from those of earlier processes. */
export function laneConsumer(
  deps: Omit<LanePorts, 'exclusiveHolder'>,
): (message: TickMessage) => Promise<TickOutcome> {
  const { clock, randomness } = deps
  const wire = laneWiring({ ...deps, exclusiveHolder: randomness.token() })
  return (sent) => {
    const started = clock.monotonic()
    const remainingMs = () => TIME_BUDGET_MS - (clock.monotonic() - started)
    const deadline = plusSeconds(clock.now(), INVOCATION_SECONDS)
    return handleMessage({ message: sent, receiveCount: 1 }, deps, (message) =>
      wire(message, { deadline, time: { totalMs: TIME_BUDGET_MS, remainingMs } }),
    )
  }
}
