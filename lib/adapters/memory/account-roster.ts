/** The account roster in memory, for tests. */
import type { AccountLabel } from '../../domain/account-label.ts'
import type { AccountEntry } from '../../domain/account.ts'
import type { RosterRevision } from '../../domain/ids.ts'
import { StateError } from '../../domain/errors.ts'
import { rosterRevision } from '../../flags/account-entry.ts'
import type { AccountRoster } from '../../ports/account-roster.ts'

export class MemoryAccountRoster implements AccountRoster {
  readonly #revisions = new Map<RosterRevision, readonly AccountEntry[]>()

  async readEntry(revision: RosterRevision, label: AccountLabel): Promise<AccountEntry | null> {
    return this.#revisions.get(revision)?.find((entry) => entry.label === label) ?? null
  }

  async readEntries(revision: RosterRevision): Promise<readonly AccountEntry[]> {
    const entries = this.#revisions.get(revision)
    if (entries === undefined) throw new StateError(`the account roster ${revision} is not whole`)
    return entries
  }

  async write(entries: readonly AccountEntry[], progress: (stored: number) => void): Promise<RosterRevision> {
    const revision = rosterRevision(entries)
    this.#revisions.set(
      revision,
      entries.toSorted((left, right) => (left.label < right.label ? -1 : 1)),
    )
    progress(entries.length)
    return revision
  }

  async retire(inForce: RosterRevision | null): Promise<number> {
    const others = [...this.#revisions.keys()].filter((revision) => revision !== inForce)
    const going = others.reduce((sum, revision) => sum + (this.#revisions.get(revision)?.length ?? 0), 0)
    for (const revision of others) this.#revisions.delete(revision)
    return going
  }
}
