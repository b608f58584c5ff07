/**
 * What `dispatch` tells a lane (docs/architecture.md#dispatch): one message per lane and tick, with the flags and
 * the account as they were resolved once for all lanes, so that an idle cycle needs no further reading.
 */
import type { AccountConfig } from './account.ts'
import type { CatalogHash } from './ids.ts'
import type { LogPosition } from './signal.ts'
import { plusSeconds, type EpochMs } from './time.ts'

/** How far the clocks of dispatcher and lane may be apart. */
const MAX_AHEAD_SECONDS = 120

export interface TickMessage {
  readonly kind: 'cycle' | 'reconcile'
  /** The schedule's own time, or the moment at which signals were appended: floored to the minute. */
  readonly tickAt: EpochMs
  /** What was appended, of a tick after signals: the lane sees at least so far. Null: a tick of the schedule, or an operator's. */
  readonly upTo: LogPosition | null
  readonly account: AccountConfig
  /** Raw flag and setting values by name, without defaults; parsed strictly by the lane. */
  readonly settings: Readonly<Record<string, string>>
  /** The account's kill switch (environment OR global OR account) in the tick. */
  readonly killSwitchOn: boolean
  /** False for an account that is held back: nothing is sent under the message, and nothing taken over. */
  readonly admitted: boolean
  readonly catalogHash: CatalogHash
}

/** Whether an instant lies further ahead than clocks can differ: nothing may be dated by it. */
export function isFromFuture(at: EpochMs, now: EpochMs): boolean {
  return at > plusSeconds(now, MAX_AHEAD_SECONDS)
}
