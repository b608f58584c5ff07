/** Asks the dispatcher to tick lanes after signals were appended (docs/architecture.md#ticks-after-signals). */
import type { AppendedSignals } from '../domain/appended-signals.ts'

export interface DispatchAsker {
  /** Hands it over, and does not wait for what comes of it. @throws UnavailableError when it was not taken */
  askFor(signals: AppendedSignals): Promise<void>
}
