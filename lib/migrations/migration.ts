/**
 * What a migration is (docs/architecture.md#migrations): numbered, additive, safe to repeat. There is no way down:
 * nothing is ever taken away, so nothing has to be put back.
 */
import type { RowLink, SingleTable } from '../ports/single-rows.ts'

/** One table's rows. They are dealt with after those of all steps before. */
export interface IsolationStep {
  readonly table: SingleTable
  /** Where a row that names no account learns it, first come, first served. */
  readonly labelFrom: readonly { readonly link: RowLink; readonly of: SingleTable }[]
}

export interface Migration {
  /** Its number and name; never changed. */
  readonly id: string
  readonly description: string
  readonly steps: readonly IsolationStep[]
}
