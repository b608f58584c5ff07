/**
 * All that the order firewall checks an order against, as it is now (docs/architecture.md#order-firewall), in one
 * reading.
 */
import type { AccountConfig } from '../domain/account.ts'
import type { PermissionSettings } from '../domain/permission-rules.ts'
import type { Moment } from '../domain/time.ts'
import type { TradingCalendar } from '../domain/trading-calendar.ts'

export interface PermissionReading {
  /** Environment OR global OR account. `unreadable`: absent, unreadable or unparsable; counts as on. */
  readonly killSwitch: 'on' | 'off' | 'unreadable'
  /** Null when the flags cannot be read or understood: nothing is permitted then. */
  readonly current: {
    readonly settings: PermissionSettings
    /** Null when the account is not registered any more. */
    readonly account: AccountConfig | null
    /** The one that the settings name. */
    readonly calendar: TradingCalendar
  } | null
  /** Identifies the kill switch that was read, for the record (parameter versions). */
  readonly version: string
  /** When the reading began. */
  readonly readAt: Moment
}

/** Of one account, within one invocation. */
export interface PermissionSource {
  /** An invocation keeps a reading at most 3 s. Never throws. */
  read(): Promise<PermissionReading>
}
