/**
 * Rows as the single-account system had them, and the account-scoped items that they become
 * (docs/architecture.md#migrations).
 */
import type { AccountLabel } from '../domain/account-label.ts'

/** The tables of the single-account system, as its rows and our items are called after them. */
export const SINGLE_TABLES = [
  'trade_decisions',
  'executions',
  'alpaca_order',
  'execution_order_events',
  'trade_cursor',
] as const
export type SingleTable = (typeof SINGLE_TABLES)[number]

/** What links a row to one of another table. */
export type RowLink = 'decisionId' | 'clientOrderId' | 'alpacaOrderId'

export interface SingleRow {
  /** The row's id in its table. */
  readonly id: string
  /** The account that the row names already; null: none. */
  readonly label: string | null
  readonly links: Readonly<Record<RowLink, string | null>>
  /** The row as it is stored: for the store alone. */
  readonly content: unknown
}

export interface SingleRowPage {
  readonly rows: readonly SingleRow[]
  /** The id behind which the next page begins; null: this was the last one. */
  readonly next: string | null
}

export type Isolated =
  /** The account-scoped item was put. */
  | { readonly kind: 'put' }
  /** It was there already, equal to what would have been put. */
  | { readonly kind: 'same' }
  /** A lane, or an earlier run, has stored another one, which stands. */
  | { readonly kind: 'standing' }
  /** The row is no row of its table. */
  | { readonly kind: 'unusable'; readonly reason: string }

/** What two sides must say alike, as texts; null: it is not there, or cannot be read. */
export interface RowComparison {
  readonly id: string
  readonly expected: string | null
  readonly stored: string | null
}

export interface SingleRows {
  /** Ascending by id. */
  readPage(table: SingleTable, after: string | null, limit: number): Promise<SingleRowPage>
  /** The labels that rows of a table name, by id; those without one, or that are not there, are left out. */
  labels(table: SingleTable, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Puts the account-scoped item of a row unless one is there. `write` false: only says what it would do. */
  isolate(table: SingleTable, row: SingleRow, label: AccountLabel, write: boolean): Promise<Isolated>
  /** Names the account on the row itself; a row that names one keeps it. */
  name(table: SingleTable, id: string, label: AccountLabel): Promise<void>
  /** Compares named rows with their account-scoped items, by what can never change in them. */
  compare(table: SingleTable, rows: readonly SingleRow[]): Promise<readonly RowComparison[]>
}
