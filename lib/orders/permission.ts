/**
 * The order firewall's verdict, as a pure function (docs/architecture.md#order-firewall).
 *
 * Invariant (docs/architecture.md#kill-switch): no submission starts more than 5 s after a readable "on", and
 * none when the switch is
 * unreadable or its reading is older than 5 s.
 */
import type { Settings } from '../domain/settings.ts'
import type { AccountConfig, BrokerTarget } from '../domain/account.ts'
import type { Decision } from '../domain/decision.ts'
import type { DeniedReason } from '../domain/denied-reason.ts'
import { plusSeconds, type EpochMs, type MonotonicMs } from '../domain/time.ts'
import { isCrypto, type TradingCalendar } from '../domain/trading-calendar.ts'
import type { KillSwitchReading } from '../ports/kill-switch.ts'

/** The oldest kill-switch reading that may permit an order. */
export const KILL_SWITCH_MAX_AGE_MS = 5000

export interface PermissionInputs {
  readonly decision: Decision
  readonly killSwitch: KillSwitchReading
  readonly settings: Settings
  /** Null when the account is not registered any more. */
  readonly account: AccountConfig | null
  /** Where the broker client that would send the order sends it. */
  readonly clientTarget: BrokerTarget
  readonly calendar: TradingCalendar
  readonly now: EpochMs
  readonly monotonic: MonotonicMs
}

/** Why an order may not be sent now, or null when it may. */
export function checkPermission(inputs: PermissionInputs): DeniedReason | null {
  const { decision, killSwitch, settings, account, calendar, now, monotonic } = inputs
  if (killSwitch.state === 'on') return 'kill_switch_on'
  if (killSwitch.state !== 'off' || monotonic - killSwitch.readAt > KILL_SWITCH_MAX_AGE_MS) {
    return 'kill_switch_unreadable'
  }
  if (!settings.tradingEnabled) return 'trading_disabled'
  const live = decision.brokerTarget.mode === 'live'
  if (live && !(settings.mode === 'live' && settings.liveEnabled)) return 'live_not_enabled'
  if (account === null || !account.enabled) return 'account_disabled'
  if (isCrypto(decision.symbol)) {
    if (!settings.cryptoEnabled) return 'crypto_trading_disabled'
    if (live && !settings.cryptoLiveEnabled) return 'crypto_live_trading_disabled'
  }
  if (plusSeconds(decision.eventTs, settings.signalMaxAgeSeconds) < now) return 'signal_too_old'
  if (calendar.sessionAt(decision.symbol, now) === null) return 'session_closed'
  const unchanged =
    isSameTarget(account.target, decision.brokerTarget) &&
    isSameTarget(inputs.clientTarget, decision.brokerTarget)
  return unchanged ? null : 'target_changed'
}

export function isSameTarget(left: BrokerTarget, right: BrokerTarget): boolean {
  return left.mode === right.mode && left.baseUrl === right.baseUrl
}
