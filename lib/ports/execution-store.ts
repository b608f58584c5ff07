/**
 * Executions, the pointers from the broker's order ids to them, and the index of those that are not
 * final yet (docs/architecture.md#state).
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { Execution } from '../domain/execution.ts'
import type { AlpacaOrderId, ClientOrderId } from '../domain/ids.ts'

export type ClaimOutcome =
  | { readonly kind: 'claimed' }
  /** An execution is there already; ours seen twice carries our claim's token. */
  | { readonly kind: 'exists'; readonly execution: Execution }

export type UpdateOutcome =
  | { readonly kind: 'updated' }
  /** The revision that was read is not the stored one any more. Our own write seen twice is `updated`. */
  | { readonly kind: 'conflict'; readonly current: Execution | null }

export interface ExecutionStore {
  /** Puts a new execution (revision 1) unless one is there. */
  createExecution(execution: Execution): Promise<ClaimOutcome>
  /** Strongly consistent. */
  readExecution(account: AccountLabel, id: ClientOrderId): Promise<Execution | null>
  /** Replaces the execution if its stored revision is `execution.revision - 1`. */
  updateExecution(execution: Execution): Promise<UpdateOutcome>
  /** Idempotent. @throws StateError when the pointer exists and names another execution. */
  putPointer(account: AccountLabel, order: AlpacaOrderId, execution: ClientOrderId): Promise<void>
  readPointer(account: AccountLabel, order: AlpacaOrderId): Promise<ClientOrderId | null>
  /** Executions that are open work (`isOpenWork`), from the index (eventually consistent), by client order id. */
  listOpen(account: AccountLabel): Promise<readonly Execution[]>
  /** All executions of an account. For operators, not for the cycle. */
  listExecutions(account: AccountLabel): AsyncIterable<Execution>
}
