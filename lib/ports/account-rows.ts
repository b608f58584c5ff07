/** The stored rows of an account as an auditor sees them: also those that no store would read. */
import type { AccountLabel } from '../domain/account-label.ts'

export type RowKind =
  | 'trade_cursor'
  | 'cycle'
  | 'trade_decisions'
  | 'executions'
  | 'alpaca_order'
  | 'execution_order_events'
  | 'unmatched_orders'
  | 'unknown'

export interface AccountRow {
  readonly kind: RowKind
  /** Within the account. */
  readonly key: string
  /** The account that the row itself names; null: none. */
  readonly named: string | null
  /** The account under which it stands in the index of open executions; null: it does not. */
  readonly indexed: string | null
  /** Why its store would refuse it; null: it would not. */
  readonly fault: string | null
  readonly decisionId: string | null
  readonly clientOrderId: string | null
  readonly alpacaOrderId: string | null
}

export interface AccountRows {
  /** All rows that are stored under the account, by key. */
  rows(account: AccountLabel): AsyncIterable<AccountRow>
}
