/** What the dispatcher is told when signals were appended (docs/architecture.md#ticks-after-signals). */
import type { LogPosition } from './signal.ts'
import type { EpochMs } from './time.ts'

export interface AppendedSignals extends LogPosition {
  /** When they were appended, by the clock of who appended them: the instant of the tick. */
  readonly at: EpochMs
  /** The function that appended them; `TRADING_TICK_ON_SIGNAL` is about those of `ingest`. */
  readonly by: string
}
