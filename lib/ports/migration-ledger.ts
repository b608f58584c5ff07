/**
 * The migration ledger (docs/architecture.md#migrations): how far each migration is, and who runs it. An entry is changed
 * conditional on the revision that was read, so of two runners that want one at the same time a single one gets it.
 */
import type { EpochMs } from '../domain/time.ts'

export interface MigrationCounts {
  readonly rows: number
  readonly put: number
  readonly same: number
  readonly standing: number
  readonly unusable: number
}

export interface LedgerEntry {
  readonly id: string
  readonly revision: number
  readonly state: 'running' | 'applied'
  readonly defaultLabel: string
  /** Where it goes on: a step's number, and the last id that is done in it. */
  readonly step: number
  readonly after: string | null
  readonly counts: MigrationCounts
  readonly startedAt: EpochMs
  readonly appliedAt: EpochMs | null
  /** Who runs it, by a random token, and until when nobody else may. */
  readonly owner: string
  readonly leaseUntil: EpochMs
}

export interface MigrationLedger {
  read(id: string): Promise<LedgerEntry | null>
  /** Puts it if the stored revision is the one before, or for revision 1 if there is none; whether it was put. */
  write(entry: LedgerEntry): Promise<boolean>
}
