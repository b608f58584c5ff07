/**
 * The kill switch of one account (docs/architecture.md#order-firewall): environment OR global OR account
 * parameter.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { MonotonicMs } from '../domain/time.ts'

export interface KillSwitchReading {
  /** `unreadable`: absent, unreadable or unparsable; counts as on. */
  readonly state: 'on' | 'off' | 'unreadable'
  /** Identifies what was read, for the record (parameter versions). */
  readonly version: string
  /** When the reading began. */
  readonly readAt: MonotonicMs
}

export interface KillSwitch {
  /** A process keeps a reading at most 3 s. Never throws: what cannot be read is `unreadable`. */
  read(account: AccountLabel): Promise<KillSwitchReading>
}
