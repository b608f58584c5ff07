/** Where checkers look in: what happens in the simulation, told the moment it does. Only types of the product. */
import type { Parameter } from '@aws-sdk/client-ssm'
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import type { BrokerRequest } from './exchange.ts'
import type { Invocation } from './host.ts'

/** Anchors of docs/architecture.md: the invariants, and parts of the protocol that they stand on. */
export type Invariant =
  | 'one-order'
  | 'decision-first'
  | 'cursor-forward'
  | 'version-by-one'
  | 'terminal-stays'
  | 'kill-switch'
  | 'broker-evidence'
  | 'equal-plans'
  | 'accounts-apart'
  | 'settled-in-four-ticks'
  | 'faults-stay-local'
  | 'item-size'
  | 'request-budget'
  | 'cycle'
  | 'sealed-plan'
  | 'sizing'
  | 'order-firewall'
  | 'submitting'
  | 'settling'
  | 'signal-log'
  | 'multi-account-gate'
  | 'ticks-after-signals'

export interface Violation {
  readonly invariant: Invariant
  readonly at: number
  readonly detail: string
}

export interface Checks {
  /** A table's item was written. */
  wrote(table: string, before: Attributes | null, after: Attributes | null): void
  /** An invocation read kill switches by name; the reading began at `begun`. */
  switchWasRead(invocation: Invocation, read: readonly Parameter[], begun: number): void
  /** Messages are about to be sent, or signals appended under a lease. */
  messagesSent(invocation: Invocation, bodies: readonly string[]): void
  /** A request to the broker leaves the process. */
  brokerRequestBegins(invocation: Invocation, request: BrokerRequest): void
  /** A second POST of an order reached the exchange. */
  duplicateReached(account: string, clientOrderId: string): void
  /** An error that is none of the product's own. */
  unexpected(invocation: Invocation | null, error: unknown): void
}
