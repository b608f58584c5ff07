/**
 * An order at the broker that no execution stands for (docs/architecture.md#external-orders): told of by a trade update
 * or found in the broker's list.
 *
 * Invariant: a parked one is judged once; where an execution stands for the order after all, the execution counts.
 */
import type { AccountLabel } from './account-label.ts'
import type { AlpacaOrderId, ClientOrderId } from './ids.ts'
import type { EpochMs } from './time.ts'

/** Why an order is none of ours. */
export const EXTERNAL_REASONS = [
  /** Its id is not of our making. */
  'not_ours',
  /** No decision of the account is behind its id. */
  'no_decision',
  /** The decision behind its id was denied. */
  'decision_denied',
  /** It is of a kind that the decision behind its id cannot have sent. */
  'unlike_decision',
  /** Its execution says that nothing was sent, or that another order was. */
  'never_sent',
  /** An operator has disowned it. */
  'disowned',
  /** An update told of it, and the broker does not know it. */
  'not_at_broker',
] as const

export type ExternalReason = (typeof EXTERNAL_REASONS)[number]

export interface UnmatchedOrder {
  readonly accountLabel: AccountLabel
  /** What its trade updates are stored under. */
  readonly orderKey: string
  readonly alpacaOrderId: AlpacaOrderId | null
  readonly clientOrderId: ClientOrderId | null
  /** `parked`: an update told of it, and nobody has judged it yet. `adopted`: an execution stands for it now. */
  readonly state: 'parked' | 'external' | 'adopted'
  /** Set with `external`. */
  readonly reason: ExternalReason | null
  readonly noticedAt: EpochMs
}
