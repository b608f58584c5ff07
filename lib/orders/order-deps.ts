/** What submitting and settling need from around them; wired once per invocation. */
import type { BrokerTarget } from '../domain/account.ts'
import type { WithheldReason } from '../domain/denied-reason.ts'
import type { Broker } from '../ports/broker.ts'
import type { Clock } from '../ports/clock.ts'
import type { DecisionStore } from '../ports/decision-store.ts'
import type { ExecutionStore } from '../ports/execution-store.ts'
import type { OrderEventStore } from '../ports/order-event-store.ts'
import type { Telemetry } from '../ports/telemetry.ts'
import type { ClaimPolicy } from './claims.ts'
import type { OrderFirewall } from './firewall.ts'

export interface OrderDeps {
  readonly decisions: DecisionStore
  readonly executions: ExecutionStore
  /** Trade updates, among them those that came before anybody knew whose they are. */
  readonly events: OrderEventStore
  readonly firewall: OrderFirewall
  /** Why nothing may be sent at all, a takeover no more than a first order; null: the firewall decides. */
  readonly withheld: WithheldReason | null
  /** For look-ups at an execution's own target, which need not be the account's present one. */
  brokerAt(target: BrokerTarget): Promise<Broker>
  readonly claims: ClaimPolicy
  readonly clock: Clock
  readonly telemetry: Telemetry
}
