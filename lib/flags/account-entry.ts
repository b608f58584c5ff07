/** An account as the registry writes it, in a parameter, a file or the roster (docs/architecture.md#accounts). */
import { ACCOUNT_LABEL_ALLOWED, ACCOUNT_LABEL_PATTERN } from '../domain/account-label.ts'
import type { AccountEntry } from '../domain/account.ts'
import { compare } from '../domain/compare.ts'
import { type RosterRevision, sha256Hex } from '../domain/ids.ts'
import { flag, list, oneOf, optional, text } from '../formats/codec.ts'
import { record } from '../formats/codec-records.ts'

export const accountEntry = record<AccountEntry>({
  label: text(ACCOUNT_LABEL_ALLOWED, ACCOUNT_LABEL_PATTERN),
  mode: optional(oneOf('paper', 'live')),
  enabled: optional(flag),
  baseUrl: optional(text('an http or https URL', /^https?:\/\/\S+$/)),
  strategies: optional(list(text('a strategy id'), 'a list of strategy ids')),
})

/** What a roster of these accounts is called, whatever their order: other accounts, another revision. */
export function rosterRevision(entries: readonly AccountEntry[]): RosterRevision {
  return sha256Hex(registryText(entries)).slice(0, 16) as RosterRevision
}

/** The registry as `TRADING_ACCOUNTS_JSON` holds it, sorted by label. */
export function registryText(entries: readonly AccountEntry[]): string {
  const sorted = [...entries].sort((left, right) => compare(left.label, right.label))
  return JSON.stringify(sorted.map((entry) => accountEntry.encode(entry)))
}

const REVISION = /^[0-9a-f]{16}$/

/** `TRADING_ACCOUNTS_JSON` where the accounts stand in the roster. */
export function rosterText(revision: RosterRevision): string {
  return JSON.stringify({ roster: revision })
}

/** The revision that such a text names; null for any other text. */
export function parseRosterText(document: unknown): RosterRevision | null {
  if (typeof document !== 'object' || document === null || !('roster' in document)) return null
  const { roster, ...others } = document
  const isRevision = typeof roster === 'string' && REVISION.test(roster)
  return isRevision && Object.keys(others).length === 0 ? (roster as RosterRevision) : null
}
