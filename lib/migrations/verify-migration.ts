/**
 * Compares both sides of a migration, by counts and by hashes (docs/architecture.md#migrations): each row of the
 * single-account system with its account-scoped item, in what can never change in it.
 */
import { sha256Hex } from '../domain/ids.ts'
import type { SingleRow, SingleRows, SingleTable } from '../ports/single-rows.ts'
import type { Problem } from './isolate-page.ts'
import type { Migration } from './migration.ts'
import { MOST_PROBLEMS } from './run-migration.ts'

export interface TableVerification {
  readonly table: SingleTable
  /** Rows of the single-account system, and those of them that have their account-scoped item. */
  readonly rows: number
  readonly items: number
  /** Whatever the order: sums of the hashes of what each side says. */
  readonly rowsHash: string
  readonly itemsHash: string
}

const PAGE_ROWS = 100
const HASH_BITS = 256n

/** Every table that has the same count and hash on both sides is verified. */
export function isVerified({ rows, items, rowsHash, itemsHash }: TableVerification): boolean {
  return rows === items && rowsHash === itemsHash
}

export async function verifyMigration(
  { steps }: Migration,
  store: SingleRows,
  progress: (table: SingleTable, rows: number) => void,
): Promise<{ readonly tables: readonly TableVerification[]; readonly problems: readonly Problem[] }> {
  const tables: TableVerification[] = []
  const problems: Problem[] = []
  for (const { table } of steps) {
    const [left, right] = [new HashSum(), new HashSum()]
    let after: string | null = null
    do {
      const { rows, next } = await store.readPage(table, after, PAGE_ROWS)
      for (const { id, expected, stored } of await store.compare(table, rows)) {
        left.add(expected ?? `unusable ${id}`)
        if (stored !== null) right.add(stored)
        if (expected !== null && expected === stored) continue
        if (problems.length < MOST_PROBLEMS)
          problems.push({ table, id, reason: reasonOf(rows, id, expected, stored) })
      }
      progress(table, left.count)
      after = next
    } while (after !== null)
    tables.push({
      table,
      rows: left.count,
      items: right.count,
      rowsHash: left.text,
      itemsHash: right.text,
    })
  }
  return { tables, problems }
}

function reasonOf(
  rows: readonly SingleRow[],
  rowId: string,
  expected: string | null,
  stored: string | null,
): string {
  if (rows.find(({ id }) => id === rowId)?.label === null) return 'the row names no account'
  if (expected === null) return 'the row is no row of its table'
  return stored === null ? 'there is no account-scoped item' : 'row and item differ'
}

class HashSum {
  count = 0
  #sum = 0n

  add(text: string): void {
    this.count += 1
    this.#sum = BigInt.asUintN(Number(HASH_BITS), this.#sum + BigInt(`0x${sha256Hex(text)}`))
  }

  get text(): string {
    return this.#sum.toString(16).padStart(Number(HASH_BITS) / 4, '0')
  }
}
