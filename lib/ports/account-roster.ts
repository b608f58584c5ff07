/**
 * The accounts of a large fleet (docs/architecture.md#accounts): revisions that never change, of which the registry
 * names the one in force.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { AccountEntry } from '../domain/account.ts'
import type { RosterRevision } from '../domain/ids.ts'

export interface AccountRoster {
  /** Null: the revision has no such account. */
  readEntry(revision: RosterRevision, label: AccountLabel): Promise<AccountEntry | null>
  /** By label. @throws StateError when what is stored is not all of the revision. */
  readEntries(revision: RosterRevision): Promise<readonly AccountEntry[]>
  /** Stores a revision before it is in force; safe to repeat. `progress` is told how many are stored. */
  write(entries: readonly AccountEntry[], progress: (stored: number) => void): Promise<RosterRevision>
  /**
   * Lets other revisions go within a day, since messages and readings may still name them; those of the last hour
   * stay, since somebody may be about to put them in force. Returns how many entries go.
   */
  retire(inForce: RosterRevision | null): Promise<number>
}
