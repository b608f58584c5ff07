/**
 * One page of a step: labels for its rows, their account-scoped items, and the labels on the rows themselves
 * (docs/architecture.md#migrations).
 *
 * Invariants: an item is put before its row is named, so that a named row has its item; every write is conditional and
 * safe to repeat, so a page that was interrupted anywhere is done again as a whole; an item that a running lane has put
 * stands.
 */
import { parseAccountLabel, type AccountLabel } from '../domain/account-label.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { MigrationCounts } from '../ports/migration-ledger.ts'
import type { SingleRow, SingleRows } from '../ports/single-rows.ts'
import type { IsolationStep } from './migration.ts'

/** Rows of a page that are written at the same time. */
const WRITTEN_AT_ONCE = 25

export interface Problem {
  readonly table: string
  readonly id: string
  readonly reason: string
}

export interface PageResult {
  readonly counts: MigrationCounts
  readonly problems: readonly Problem[]
}

/** @param write false: only says what it would do */
export async function isolatePage(
  { table, labelFrom }: IsolationStep,
  rows: readonly SingleRow[],
  store: SingleRows,
  { defaultLabel, write }: { readonly defaultLabel: AccountLabel; readonly write: boolean },
): Promise<PageResult> {
  const labels = await labelsOf(rows, labelFrom, store)
  const problems: Problem[] = []
  const kinds = await inParallel(rows, WRITTEN_AT_ONCE, async (row) => {
    const { id, label: named } = row
    const text = labels.get(id) ?? defaultLabel
    const label = parseAccountLabel(text)
    const isolated =
      label === null
        ? { kind: 'unusable' as const, reason: `${JSON.stringify(text)} is no account label` }
        : await store.isolate(table, row, label, write)
    if (isolated.kind === 'unusable') problems.push({ table, id, reason: isolated.reason })
    else if (write && named === null && label !== null) await store.name(table, id, label)
    return isolated.kind
  })
  const count = (kind: (typeof kinds)[number]) => kinds.filter((one) => one === kind).length
  return {
    counts: {
      rows: rows.length,
      put: count('put'),
      same: count('same'),
      standing: count('standing'),
      unusable: count('unusable'),
    },
    problems,
  }
}

/** By row: what it names itself, else what the rows name that it is linked to. */
async function labelsOf(
  rows: readonly SingleRow[],
  labelFrom: IsolationStep['labelFrom'],
  store: SingleRows,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map(rows.flatMap(({ id, label }) => (label === null ? [] : [[id, label] as const])))
  for (const { link, of } of labelFrom) {
    const open = rows.filter(({ id, links }) => !found.has(id) && links[link] !== null)
    const linked = [...new Set(open.flatMap(({ links }) => links[link] ?? []))]
    const labels = linked.length === 0 ? new Map<string, string>() : await store.labels(of, linked)
    for (const { id, links } of open) {
      const label = labels.get(links[link] ?? '')
      if (label !== undefined) found.set(id, label)
    }
  }
  return found
}

export const NO_COUNTS: MigrationCounts = { rows: 0, put: 0, same: 0, standing: 0, unusable: 0 }

export function addCounts(left: MigrationCounts, right: MigrationCounts): MigrationCounts {
  return {
    rows: left.rows + right.rows,
    put: left.put + right.put,
    same: left.same + right.same,
    standing: left.standing + right.standing,
    unusable: left.unusable + right.unusable,
  }
}
