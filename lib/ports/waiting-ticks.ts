/**
 * Which ticks after signals wait for their lanes (docs/architecture.md#ticks-after-signals): per account and source at
 * most one. Who begins such a tick takes its note away before it reads the log, so a signal that was appended while a
 * tick waited is seen by that tick.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { LogPosition } from '../domain/signal.ts'

/** After so long a note says nothing any more: whoever made it died, or the schedule has ticked since. */
export const NOTE_KEPT_SECONDS = 60

export interface WaitingTicks {
  /**
   * Notes that a tick for the position waits. False when one waits already, or when one of this position or a later one
   * was noted before. One conditional write. @throws UnavailableError
   */
  note(account: AccountLabel, upTo: LogPosition): Promise<boolean>
  /** The tick that was noted for the position waits no longer. One conditional write. @throws UnavailableError */
  begun(account: AccountLabel, upTo: LogPosition): Promise<void>
}
