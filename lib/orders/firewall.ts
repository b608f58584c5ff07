/**
 * The order firewall: the only code that holds a broker client able to submit
 * (docs/architecture.md#order-firewall).
 *
 * Invariants: each POST follows a verdict that was computed with no I/O in between; a refusal says why.
 */
import type { Decision } from '../domain/decision.ts'
import type { DeniedReason } from '../domain/denied-reason.ts'
import type { Claim, PermissionRecord } from '../domain/execution.ts'
import { ageOf, momentOf } from '../domain/time.ts'
import type { SubmitAnswer, SubmittingBroker } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { PermissionReading, PermissionSource } from '../ports/permission-source.ts'
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
  readonly permissions: PermissionSource
  readonly clock: Clock
}

export class OrderFirewall {
  readonly #deps: FirewallDeps

  constructor(deps: FirewallDeps) {
    this.#deps = deps
  }

  /** Asks whether the decision's order may be sent now. */
  async ask(decision: Decision): Promise<Permission> {
    return this.#judge(decision, await this.#deps.permissions.read())
  }

  /** Asks again and, if permitted while the claim still lives, sends the order at once. */
  async post(decision: Decision, claim: Claim): Promise<PostOutcome> {
    const { broker, clock, permissions } = this.#deps
    const reading = await permissions.read()
    // Nothing waits from here to the POST: what is judged is what it is sent under.
    const permission = this.#judge(decision, reading)
    if (permission.kind === 'denied') return permission
    if (clock.now() >= claim.diesAt) return { kind: 'claim_expired' }
    const { clientOrderId, symbol, side, quantity, timeInForce } = decision
    const answer = await broker.submit({ clientOrderId, symbol, side, quantity, timeInForce })
    return { kind: 'answered', answer, record: permission.record }
  }

  #judge(decision: Decision, reading: PermissionReading): Permission {
    const { broker, clock } = this.#deps
    const at = momentOf(clock)
    const reason = checkPermission({ decision, reading, clientTarget: broker.target, at })
    if (reason !== null) return { kind: 'denied', reason }
    const record = { killSwitchVersion: reading.version, killSwitchAgeSeconds: ageOf(reading, at) / 1000 }
    return { kind: 'permitted', record }
  }
}
