/**
 * The order firewall: the only code that holds a broker client able to submit
 * (docs/architecture.md#order-firewall).
 *
 * Invariants: each POST follows a verdict that was computed with no I/O in between; a refusal says why; a lane that
 * another run has halted sends nothing any more.
 */
import type { Decision } from '../domain/decision.ts'
import type { DeniedReason } from '../domain/denied-reason.ts'
import type { Claim, PermissionRecord } from '../domain/execution.ts'
import type { Lane } from '../domain/lane.ts'
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
  /** The lane that the orders are of, as it was at most 3 s ago; null: there is none yet. @throws UnavailableError */
  readonly lane: () => Promise<Pick<Lane, 'halted'> | null>
  readonly clock: Clock
}

interface Readings {
  readonly permission: PermissionReading
  readonly isHalted: boolean
}

export class OrderFirewall {
  readonly #deps: FirewallDeps

  constructor(deps: FirewallDeps) {
    this.#deps = deps
  }

  /** Asks whether the decision's order may be sent now. */
  async ask(decision: Decision): Promise<Permission> {
    return this.#judge(decision, await this.#read())
  }

  /** Asks again and, if permitted while the claim still lives, sends the order at once. */
  async post(decision: Decision, claim: Claim): Promise<PostOutcome> {
    const { broker, clock } = this.#deps
    const readings = await this.#read()
    // Nothing waits from here to the POST: what is judged is what it is sent under.
    const permission = this.#judge(decision, readings)
    if (permission.kind === 'denied') return permission
    if (clock.now() >= claim.diesAt) return { kind: 'claim_expired' }
    const { clientOrderId, symbol, side, quantity, timeInForce, limitPrice } = decision
    const order = { clientOrderId, symbol, side, quantity, timeInForce, limitPrice }
    const answer = await broker.submit(order)
    return { kind: 'answered', answer, record: permission.record }
  }

  /**
   * The lane is read first where it has to be, so that the switch's reading is the younger one; and again if that one
   * took long. So neither is older at the POST than the switch's reading may be.
   */
  async #read(): Promise<Readings> {
    const { permissions, lane } = this.#deps
    await lane()
    const permission = await permissions.read()
    return { permission, isHalted: ((await lane())?.halted ?? null) !== null }
  }

  #judge(decision: Decision, { permission: reading, isHalted }: Readings): Permission {
    const { broker, clock } = this.#deps
    if (isHalted) return { kind: 'denied', reason: 'lane_halted' }
    const at = momentOf(clock)
    const reason = checkPermission({ decision, reading, clientTarget: broker.target, at })
    if (reason !== null) return { kind: 'denied', reason }
    const record = { killSwitchVersion: reading.version, killSwitchAgeSeconds: ageOf(reading, at) / 1000 }
    return { kind: 'permitted', record }
  }
}
