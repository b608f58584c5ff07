/**
 * Who runs a migration or an import, by its entry of the ledger (docs/architecture.md#migrations).
 *
 * Invariant: at most one runner at a time, as long as clocks agree within the lease; one that was taken over learns it at
 * its next page.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import { ConfigurationError, InUseError } from '../domain/errors.ts'
import { asEpochMs, plusSeconds } from '../domain/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { LedgerEntry, MigrationLedger } from '../ports/migration-ledger.ts'
import { NO_COUNTS } from './isolate-page.ts'

export interface LeaseDeps {
  readonly ledger: MigrationLedger
  readonly clock: Clock
  /** A random text. */
  readonly token: () => string
}

export interface LeaseOptions {
  readonly defaultLabel: AccountLabel
  /** Do not wait for the lease of another runner, which is known to be dead. */
  readonly takeOver?: boolean
}

/** Longer than a page takes; it is renewed with each one. */
const LEASE_SECONDS = 15

/**
 * Makes this runner the only one; it goes on where an interrupted one was.
 * @throws InUseError while another runner is at it, ConfigurationError for another default label than it was begun with
 */
export async function takeLease(
  id: string,
  before: LedgerEntry | null,
  { defaultLabel, takeOver = false }: LeaseOptions,
  { ledger, clock, token }: LeaseDeps,
): Promise<LedgerEntry> {
  const now = clock.now()
  if (before?.state === 'running') {
    if (before.defaultLabel !== defaultLabel) throw otherLabel(before, defaultLabel)
    if (before.leaseUntil > now && !takeOver) throw inUse(id, Math.ceil((before.leaseUntil - now) / 1000))
  }
  const resumed = before?.state === 'running' ? before : null
  const entry: LedgerEntry = {
    id,
    revision: (before?.revision ?? 0) + 1,
    state: 'running',
    defaultLabel,
    step: resumed?.step ?? 0,
    after: resumed?.after ?? null,
    counts: resumed?.counts ?? NO_COUNTS,
    startedAt: resumed?.startedAt ?? now,
    appliedAt: null,
    owner: token(),
    leaseUntil: plusSeconds(now, LEASE_SECONDS),
  }
  if (await ledger.write(entry)) return entry
  throw inUse(id, LEASE_SECONDS)
}

/** Records how far the runner is, and renews its lease. @throws InUseError when it was taken over */
export async function recordPlace(entry: LedgerEntry, { ledger, clock }: LeaseDeps): Promise<LedgerEntry> {
  const leaseUntil = plusSeconds(asEpochMs(clock.now()), LEASE_SECONDS)
  const next = { ...entry, revision: entry.revision + 1, leaseUntil }
  if (await ledger.write(next)) return next
  // the client may have repeated a write whose answer was lost
  const stored = await ledger.read(entry.id)
  if (stored?.revision === next.revision && stored.owner === next.owner) return next
  throw new InUseError(`${entry.id} was taken over by another runner`, {
    advice: 'Nothing is lost: `torghut migrate status` shows how far it is.',
  })
}

function inUse(id: string, seconds: number): InUseError {
  return new InUseError(`${id} is being run by somebody else, or by a runner that died a moment ago`, {
    advice: `Try again in ${seconds} s; with --take-over at once, if you know that it is dead.`,
  })
}

function otherLabel({ id, defaultLabel }: LedgerEntry, found: string): ConfigurationError {
  return new ConfigurationError('The migration', [
    {
      path: '--default-label',
      found: JSON.stringify(found),
      allowed: `${defaultLabel}, with which ${id} was begun`,
    },
  ])
}
