/**
 * The order firewall's verdict, as a pure function (docs/architecture.md#order-firewall): the rules of permission
 * that the plan has asked too, as of now, and what only the firewall can know.
 *
 * Invariant (docs/architecture.md#kill-switch): no submission starts more than 5 s after a readable "on", and
 * none when the switch is unreadable or its reading is older than 5 s.
 */
import type { AccountConfig, BrokerTarget } from '../domain/account.ts'
import type { Decision } from '../domain/decision.ts'
import type { DeniedReason } from '../domain/denied-reason.ts'
import { permissionDenied } from '../domain/permission-rules.ts'
import type { Settings } from '../domain/settings.ts'
import type { EpochMs, MonotonicMs } from '../domain/time.ts'
import type { TradingCalendar } from '../domain/trading-calendar.ts'
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
  const killSwitchOn = killSwitch.state === 'on'
  const isFreshOff = killSwitch.state === 'off' && monotonic - killSwitch.readAt <= KILL_SWITCH_MAX_AGE_MS
  if (!killSwitchOn && !isFreshOff) return 'kill_switch_unreadable'
  // Whether the broker blocks the account is not asked here: it refuses the POST itself then.
  const around = { killSwitchOn, settings, account, blockedByBroker: false, calendar, at: now }
  const reason = permissionDenied(decision, around)
  if (reason !== null) return reason
  const targets = [account?.target, inputs.clientTarget]
  return targets.every((target) => isSameTarget(target, decision.brokerTarget)) ? null : 'target_changed'
}

function isSameTarget(left: BrokerTarget | undefined, right: BrokerTarget): boolean {
  return left?.mode === right.mode && left.baseUrl === right.baseUrl
}
