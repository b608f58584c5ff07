/**
 * How far the logs of sources have been filled by one invocation, and the ticks that it asks for afterwards
 * (docs/architecture.md#ticks-after-signals).
 *
 * Invariants: what was appended stays appended whether or not a tick follows, which the schedule makes up for; one tick a
 * source, for the last of its signals.
 */
import type { AppendedSignals } from '../domain/appended-signals.ts'
import { METRICS } from '../domain/metric-names.ts'
import type { Clock } from '../ports/clock.ts'
import type { DispatchAsker } from '../ports/dispatch-asker.ts'
import type { Telemetry } from '../ports/telemetry.ts'

export class StoredPositions {
  readonly #last = new Map<string, number>()

  note(source: string, position: number): void {
    this.#last.set(source, Math.max(position, this.#last.get(source) ?? 0))
  }

  /** Sources with the last position of each. */
  entries(): Iterable<[string, number]> {
    return this.#last.entries()
  }
}

export interface AskDeps {
  /** Null: nothing is asked for. */
  readonly dispatcher: DispatchAsker | null
  readonly clock: Pick<Clock, 'now'>
  readonly telemetry: Telemetry
}

/** Never throws. */
export async function askForTicks(
  stored: StoredPositions,
  by: AppendedSignals['by'],
  { dispatcher, clock, telemetry }: AskDeps,
): Promise<void> {
  if (dispatcher === null) return
  for (const [source, position] of stored.entries()) {
    try {
      await dispatcher.askFor({ source, position, at: clock.now(), by })
    } catch (error) {
      telemetry.count(METRICS.ticksNotAskedFor, 1)
      telemetry.record(
        'warn',
        'no tick was asked for; the schedule ticks the lanes',
        { source, position },
        error,
      )
    }
  }
}
