/** Decisions: immutable once written (docs/architecture.md#state). */
import type { AccountLabel } from '../domain/account-label.ts'
import type { Decision } from '../domain/decision.ts'
import type { ClientOrderId, DecisionId } from '../domain/ids.ts'

export type PutDecisionOutcome =
  /** `same`: it was there already, with these very contents: our own write. */
  | { readonly kind: 'stored' | 'same' }
  /** One of this id with other contents is there, and stands. */
  | { readonly kind: 'standing'; readonly decision: Decision }

export interface DecisionStore {
  /** Stores the decision unless one of its id is there already. */
  putDecision(decision: Decision): Promise<PutDecisionOutcome>
  readDecision(account: AccountLabel, id: DecisionId): Promise<Decision | null>
  /** The decision whose order has this id. */
  findDecision(account: AccountLabel, order: ClientOrderId): Promise<Decision | null>
  /** All stored decisions of an account, oldest position first. For operators, not for the cycle. */
  listDecisions(account: AccountLabel): AsyncIterable<Decision>
}
