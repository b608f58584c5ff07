/** Decisions: immutable once written (docs/architecture.md#state). */
import type { AccountLabel } from '../domain/account-label.ts'
import type { Decision } from '../domain/decision.ts'
import type { DecisionId } from '../domain/ids.ts'

export interface DecisionStore {
  /** Stores the decision unless it is there already; storing the same decision twice is success. */
  putDecision(decision: Decision): Promise<void>
  readDecision(account: AccountLabel, id: DecisionId): Promise<Decision | null>
  /** All stored decisions of an account, oldest position first. For operators, not for the cycle. */
  listDecisions(account: AccountLabel): AsyncIterable<Decision>
}
