/**
 * The order firewall: the only code that holds a broker client able to submit
 * (docs/architecture.md#order-firewall).
 *
 * Invariants: each POST follows a verdict that was computed with no I/O in between; a refusal says why.
 */
import type { Decision } from '../domain/decision.ts'
import type { DeniedReason } from '../domain/denied-reason.ts'
import type { Claim, PermissionRecord } from '../domain/execution.ts'
import { UnavailableError } from '../domain/errors.ts'
import type { TradingCalendar } from '../domain/trading-calendar.ts'
import type { SubmitAnswer, SubmittingBroker } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { KillSwitch } from '../ports/kill-switch.ts'
import type { PermissionSource } from '../ports/permission-source.ts'
import { checkPermission } from './permission.ts'

export type Permission =
  | { readonly kind: 'permitted'; readonly record: PermissionRecord }
  | { readonly kind: 'denied'; readonly reason: DeniedReason }

export type PostOutcome =
  | { readonly kind: 'denied'; readonly reason: DeniedReason }
  /** The claim had run out: nothing was sent. */
  | { readonly kind: 'claim_expired' }
  | { readonly kind: 'answered'; readonly answer: SubmitAnswer; readonly record: PermissionRecord }

export interface FirewallDeps {
  readonly broker: SubmittingBroker
  readonly killSwitch: KillSwitch
  readonly permissions: PermissionSource
  readonly calendar: TradingCalendar
  readonly clock: Clock
}

export class OrderFirewall {
  readonly #deps: FirewallDeps

  constructor(deps: FirewallDeps) {
    this.#deps = deps
  }

  /** Asks whether the decision's order may be sent now. */
  async ask(decision: Decision): Promise<Permission> {
    const { killSwitch, permissions, calendar, clock, broker } = this.#deps
    const current = await permissions.read(decision.accountLabel).catch((error: unknown) => {
      if (error instanceof UnavailableError) return null
      throw error
    })
    // Flags that cannot be read are treated as the kill switch itself would be: closed.
    if (current === null) return { kind: 'denied', reason: 'kill_switch_unreadable' }
    const reading = await killSwitch.read(decision.accountLabel)
    // Nothing waits from here on: what is checked is what the POST is sent under.
    const monotonic = clock.monotonic()
    const reason = checkPermission({
      decision,
      killSwitch: reading,
      ...current,
      clientTarget: broker.target,
      calendar,
      now: clock.now(),
      monotonic,
    })
    if (reason !== null) return { kind: 'denied', reason }
    const killSwitchAgeSeconds = Math.max(0, monotonic - reading.readAt) / 1000
    return { kind: 'permitted', record: { killSwitchVersion: reading.version, killSwitchAgeSeconds } }
  }

  /** Asks again and, if permitted while the claim still lives, sends the order at once. */
  async post(decision: Decision, claim: Claim): Promise<PostOutcome> {
    const permission = await this.ask(decision)
    if (permission.kind === 'denied') return permission
    const { broker, clock } = this.#deps
    if (clock.now() >= claim.diesAt) return { kind: 'claim_expired' }
    const { clientOrderId, symbol, side, quantity, timeInForce } = decision
    const answer = await broker.submit({ clientOrderId, symbol, side, quantity, timeInForce })
    return { kind: 'answered', answer, record: permission.record }
  }
}
