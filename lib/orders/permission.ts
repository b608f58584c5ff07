/**
 * The order firewall's verdict, as a pure function (docs/architecture.md#order-firewall): the rules of permission
 * that the plan has asked too, as of now, and what only the firewall can know.
 *
 * Invariant (docs/architecture.md#kill-switch): no submission starts more than 5 s after a readable "on", and
 * none when the switch is unreadable or its reading is older than 5 s on either clock.
 */
import type { BrokerTarget } from '../domain/account.ts'
import type { Decision } from '../domain/decision.ts'
import type { DeniedReason } from '../domain/denied-reason.ts'
import { permissionDenied } from '../domain/permission-rules.ts'
import { ageOf, type Moment } from '../domain/time.ts'
import type { PermissionReading } from '../ports/permission-source.ts'

/** The oldest reading that may permit an order. */
export const PERMISSION_MAX_AGE_MS = 5000

export interface PermissionInputs {
  readonly decision: Decision
  readonly reading: PermissionReading
  /** Where the broker client that would send the order sends it. */
  readonly clientTarget: BrokerTarget
  readonly at: Moment
}

/** Why an order may not be sent now, or null when it may. */
export function checkPermission(inputs: PermissionInputs): DeniedReason | null {
  const { decision, reading, clientTarget, at } = inputs
  const { killSwitch, current } = reading
  if (killSwitch === 'on') return 'kill_switch_on'
  const isFresh = ageOf(reading, at) <= PERMISSION_MAX_AGE_MS
  if (killSwitch === 'unreadable' || current === null || !isFresh) return 'kill_switch_unreadable'
  const { settings, account, calendar } = current
  // Whether the broker blocks the account is not asked here: it refuses the POST itself then.
  const around = { killSwitchOn: false, settings, account, blockedByBroker: false, calendar, at: at.wall }
  const reason = permissionDenied(decision, around)
  if (reason !== null) return reason
  const targets = [account?.target, clientTarget]
  return targets.every((target) => isSameTarget(target, decision.brokerTarget)) ? null : 'target_changed'
}

function isSameTarget(left: BrokerTarget | undefined, right: BrokerTarget): boolean {
  return left?.mode === right.mode && left.baseUrl === right.baseUrl
}
