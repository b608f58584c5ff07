/**
 * Reads an export, table after table, into what is to be stored of each row (docs/import.md).
 *
 * Invariants: every line that is not blank is one row of the result, usable or not; rows that would take another row's
 * place are unusable, so the order in which lines are stored does not matter within a table.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { Decision } from '../domain/decision.ts'
import { formatViolation } from '../domain/errors.ts'
import type { OrderEvent } from '../domain/order-event.ts'
import { decodeExportedRow, EXPORTED_TABLES } from '../formats/exported-rows.ts'
import type { ExportedCursor, ExportedRows, ExportedTable } from '../formats/exported-rows.ts'
import { accountOf, importedDecision, importedEvent, importedExecution } from './imported-rows.ts'
import type { Imported, ImportContext, ImportedExecution } from './imported-rows.ts'

/** The files of an export. */
export interface ExportFiles {
  /** Null: there is none of this table. */
  readonly lines: (table: ExportedTable) => AsyncIterable<string> | null
}

export type ImportedThing =
  | { readonly table: 'trade_decisions'; readonly decision: Decision }
  | { readonly table: 'executions'; readonly execution: ImportedExecution }
  | { readonly table: 'execution_order_events'; readonly event: OrderEvent }
  | { readonly table: 'trade_cursor'; readonly account: AccountLabel; readonly cursor: ExportedCursor }

export interface ReadRow {
  readonly table: ExportedTable
  /** From 1. */
  readonly line: number
  readonly imported: Imported<ImportedThing>
}

/** By the id of a decision's row: the client order id of its first execution. */
export async function ordersByDecision(files: ExportFiles): Promise<ReadonlyMap<string, string | null>> {
  const orders = new Map<string, string | null>()
  for await (const line of files.lines('executions') ?? []) {
    const decoded = line.trim() === '' ? null : decodeExportedRow('executions', line)
    if (decoded?.kind !== 'value' || orders.has(decoded.value.tradeDecisionId)) continue
    orders.set(decoded.value.tradeDecisionId, decoded.value.clientOrderId)
  }
  return orders
}

/** Fills `context.decisions` as it goes. */
export async function* readExport(files: ExportFiles, context: ImportContext): AsyncGenerator<ReadRow> {
  const taken = new Map<string, string>()
  for (const table of EXPORTED_TABLES) {
    let line = 0
    for await (const text of files.lines(table) ?? []) {
      line += 1
      if (text.trim() === '') continue
      const imported = READERS[table](text, context)
      if (imported.kind === 'unusable') {
        yield { table, line, imported }
        continue
      }
      const clash = placesOf(imported.value).find((place) => taken.has(place))
      if (clash !== undefined) {
        yield {
          table,
          line,
          imported: { kind: 'unusable', reason: `${taken.get(clash)} has the same ${clash}` },
        }
        continue
      }
      for (const place of placesOf(imported.value)) taken.set(place, `${table}.jsonl:${line}`)
      remember(imported.value, context)
      yield { table, line, imported }
    }
  }
}

const READERS: {
  readonly [Table in ExportedTable]: (text: string, context: ImportContext) => Imported<ImportedThing>
} = {
  trade_decisions: (text, context) =>
    then(rowOf('trade_decisions', text), (row) =>
      then(importedDecision(row, context), (decision) => found({ table: 'trade_decisions', decision })),
    ),
  executions: (text, context) =>
    then(rowOf('executions', text), (row) =>
      then(importedExecution(row, context), (execution) => found({ table: 'executions', execution })),
    ),
  execution_order_events: (text, context) =>
    then(rowOf('execution_order_events', text), (row) =>
      then(importedEvent(row, context), (event) => found({ table: 'execution_order_events', event })),
    ),
  trade_cursor: (text, context) =>
    then(rowOf('trade_cursor', text), (cursor) =>
      then(accountOf(cursor.accountLabel, context), ({ label: account }) =>
        found({ table: 'trade_cursor', account, cursor }),
      ),
    ),
}

function rowOf<Table extends ExportedTable>(table: Table, text: string): Imported<ExportedRows[Table]> {
  const decoded = decodeExportedRow(table, text)
  if (decoded.kind === 'value') return decoded
  return { kind: 'unusable', reason: decoded.violations.map(formatViolation).join('; ').replace(/^: /, '') }
}

function then<From, To>(imported: Imported<From>, next: (value: From) => Imported<To>): Imported<To> {
  return imported.kind === 'value' ? next(imported.value) : imported
}

function found(value: ImportedThing): Imported<ImportedThing> {
  return { kind: 'value', value }
}

/** What no other row may be. Updates may come twice. */
function placesOf(thing: ImportedThing): readonly string[] {
  if (thing.table === 'trade_decisions') return [`decision ${thing.decision.decisionId}`]
  if (thing.table === 'trade_cursor') return [`cursor of ${thing.account} over ${thing.cursor.source}`]
  if (thing.table === 'execution_order_events') return []
  const { accountLabel, clientOrderId, alpacaOrderId } = thing.execution.transition.content
  return [
    `client order id ${clientOrderId} of ${accountLabel}`,
    `order id ${alpacaOrderId} of ${accountLabel}`,
  ]
}

function remember(thing: ImportedThing, { decisions }: ImportContext): void {
  if (thing.table !== 'trade_decisions') return
  const { decisionId, accountLabel: account, clientOrderId, limitPrice } = thing.decision
  decisions.set(decisionId, { account, clientOrderId, limitPrice })
}
