/**
 * The account roster on DynamoDB, item kind `accounts`: one item for each account of a revision. What was read of a
 * revision is kept, since it cannot change; so a process reads it once.
 */
import type { AccountLabel } from '../../domain/account-label.ts'
import type { AccountEntry } from '../../domain/account.ts'
import { StateError } from '../../domain/errors.ts'
import type { RosterRevision } from '../../domain/ids.ts'
import { inParallel } from '../../domain/in-parallel.ts'
import { type EpochMs, plusSeconds } from '../../domain/time.ts'
import { accountEntry, rosterRevision } from '../../flags/account-entry.ts'
import { instantText, text } from '../../formats/codec.ts'
import { record } from '../../formats/codec-records.ts'
import type { AccountRoster } from '../../ports/account-roster.ts'
import type { Clock } from '../../ports/clock.ts'
import { ACCOUNTS_PARTITION } from '../../deployment/names.ts'
import { wasWrittenAt } from './table/conditions.ts'
import type { ItemTable } from './table/item-table.ts'
import { defineItem, expiryOf, type ItemKey } from './table/item.ts'

/** An entry of a revision, as it is stored. */
export interface RosterItem {
  readonly revision: RosterRevision
  readonly entry: AccountEntry
  readonly writtenAt: EpochMs
}

const WRITTEN_AT_ONCE = 25
const HOUR_SECONDS = 3600
const DAY_SECONDS = 24 * HOUR_SECONDS

export function rosterKey(revision: RosterRevision, label: string): ItemKey {
  return { pk: ACCOUNTS_PARTITION, sk: `${revision}#${label}` }
}

export const rosterItem = defineItem<RosterItem>({
  name: 'roster entry',
  schema: 1,
  codec: record<RosterItem>({ revision: text(), entry: accountEntry, writtenAt: instantText }),
  key: ({ revision, entry }) => rosterKey(revision, entry.label),
})

export class DynamoAccountRoster implements AccountRoster {
  readonly #table: ItemTable
  readonly #clock: Clock
  #kept: { readonly revision: RosterRevision; readonly entries: readonly AccountEntry[] } | null = null

  constructor(table: ItemTable, clock: Clock) {
    this.#table = table
    this.#clock = clock
  }

  async readEntry(revision: RosterRevision, label: AccountLabel): Promise<AccountEntry | null> {
    const stored = await this.#table.read(rosterItem, rosterKey(revision, label))
    return stored?.entry ?? null
  }

  async readEntries(revision: RosterRevision): Promise<readonly AccountEntry[]> {
    if (this.#kept?.revision === revision) return this.#kept.entries
    const entries: AccountEntry[] = []
    const range = { pk: ACCOUNTS_PARTITION, prefix: `${revision}#`, consistent: true }
    for await (const item of this.#table.queryAll(range)) entries.push(rosterItem.decode(item).entry)
    const found = rosterRevision(entries)
    if (found !== revision) {
      throw new StateError(
        `the account roster ${revision} is not whole: ${entries.length} accounts are stored`,
        {
          advice: 'Write it again: torghut accounts apply FILE --sync',
        },
      )
    }
    this.#kept = { revision, entries }
    return entries
  }

  async write(entries: readonly AccountEntry[], progress: (stored: number) => void): Promise<RosterRevision> {
    const revision = rosterRevision(entries)
    const writtenAt = this.#clock.now()
    let stored = 0
    await inParallel(entries, WRITTEN_AT_ONCE, async (entry) => {
      await this.#table.put(rosterItem.encode({ revision, entry, writtenAt }))
      stored += 1
      progress(stored)
    })
    return revision
  }

  async retire(inForce: RosterRevision | null): Promise<number> {
    const now = this.#clock.now()
    const going: RosterItem[] = []
    const range = { pk: ACCOUNTS_PARTITION, consistent: true }
    for await (const item of this.#table.queryAll(range)) {
      const stored = rosterItem.decode(item)
      const isFresh = plusSeconds(stored.writtenAt, HOUR_SECONDS) > now
      if (stored.revision !== inForce && expiryOf(item) === null && !isFresh) going.push(stored)
    }
    const expiresAt = Math.floor(plusSeconds(now, DAY_SECONDS) / 1000)
    const gone = await inParallel(going, WRITTEN_AT_ONCE, ({ revision, entry, writtenAt }) =>
      this.#table.update(
        rosterKey(revision, entry.label),
        { expression: 'SET expires_at = :at', names: {}, values: { ':at': expiresAt } },
        wasWrittenAt(writtenAt),
      ),
    )
    return gone.filter(Boolean).length
  }
}
