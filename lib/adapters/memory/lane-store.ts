/**
 * Lanes and cycle records in memory. Keeps the contract of the stored ones: each write is conditional and
 * atomic, `halted` is never lost to a commit, what is too large for an item is refused.
 */
import { isDeepStrictEqual } from 'node:util'
import type { AccountLabel } from '../../domain/account-label.ts'
import { StateError } from '../../domain/errors.ts'
import type { Lane, LaneNotes } from '../../domain/lane.ts'
import type { CycleRecord } from '../../domain/plan.ts'
import type { CommitOutcome, LaneStore, NoteOutcome, SealOutcome } from '../../ports/lane-store.ts'
import { fitsItem } from '../dynamodb/items/cycle-item.ts'
import { sealDecisions } from '../dynamodb/items/sealed-decisions.ts'

interface Kept {
  /** Null before it is created. */
  lane: Lane | null
  /** By version. */
  readonly cycles: Map<number, CycleRecord>
}

export class MemoryLaneStore implements LaneStore {
  /** By source, of each account: no key is put together for each of a cycle's calls. */
  readonly #accounts = new Map<AccountLabel, Map<string, Kept>>()
  readonly #onCommitted: ((record: CycleRecord) => void) | null
  /** A record is asked whether it fits right before it is sealed. */
  #fitting: CycleRecord | null = null

  /** @param onCommitted gets each record whose cycle is committed, which is kept no longer then; without it all are kept */
  constructor(onCommitted: ((record: CycleRecord) => void) | null = null) {
    this.#onCommitted = onCommitted
  }

  async readLane(account: AccountLabel, source: string): Promise<Lane | null> {
    return this.#find(account, source)?.lane ?? null
  }

  async createLane(lane: Lane): Promise<Lane> {
    const kept = this.#of(lane.accountLabel, lane.source)
    return (kept.lane ??= lane)
  }

  async readCycle(account: AccountLabel, source: string, version: number): Promise<CycleRecord | null> {
    return this.#find(account, source)?.cycles.get(version) ?? null
  }

  async *listCycles(account: AccountLabel, source: string, newestFirst = false): AsyncIterable<CycleRecord> {
    const records = [...(this.#find(account, source)?.cycles.values() ?? [])]
    yield* newestFirst ? records.reverse() : records
  }

  fits(record: CycleRecord): boolean {
    const fits = record === this.#fitting || fitsItem(record)
    if (fits) this.#fitting = record
    return fits
  }

  async sealCycle(record: CycleRecord): Promise<SealOutcome> {
    if (record.plan.decisions.length > 0) sealDecisions(record)
    if (!this.fits(record)) throw new StateError(`the record of cycle ${record.version} does not fit an item`)
    const { cycles } = this.#of(record.accountLabel, record.source)
    const stored = cycles.get(record.version)
    if (stored !== undefined) return { kind: 'adopted', record: stored }
    cycles.set(record.version, record)
    return { kind: 'sealed' }
  }

  async commit(lane: Lane): Promise<CommitOutcome> {
    const kept = this.#stored(lane.accountLabel, lane.source)
    const current = kept.lane
    const halted = current.halted ?? lane.halted
    const isAsItIs = halted === lane.halted && current.notes === lane.notes
    const committed = isAsItIs ? lane : { ...lane, halted, notes: current.notes }
    if (current.version === lane.version - 1) {
      kept.lane = committed
      this.#forget(kept, current.version)
      return { kind: 'committed' }
    }
    return isDeepStrictEqual(current, committed) ? { kind: 'committed' } : { kind: 'superseded', current }
  }

  async note(account: AccountLabel, source: string, notes: LaneNotes): Promise<NoteOutcome> {
    const kept = this.#stored(account, source)
    const current = kept.lane
    if (isDeepStrictEqual(current.notes, notes)) return { kind: 'noted' }
    if (current.notes.revision !== notes.revision - 1) return { kind: 'overtaken', current: current.notes }
    kept.lane = { ...current, notes }
    return { kind: 'noted' }
  }

  async halt(account: AccountLabel, source: string, reason: string): Promise<void> {
    const kept = this.#stored(account, source)
    kept.lane = { ...kept.lane, halted: kept.lane.halted ?? reason }
  }

  async resume(account: AccountLabel, source: string): Promise<void> {
    const kept = this.#stored(account, source)
    kept.lane = { ...kept.lane, halted: null }
  }

  #forget({ cycles }: Kept, version: number): void {
    if (this.#onCommitted === null) return
    const record = cycles.get(version)
    if (record !== undefined) this.#onCommitted(record)
    cycles.delete(version)
  }

  #find(account: AccountLabel, source: string): Kept | undefined {
    return this.#accounts.get(account)?.get(source)
  }

  #of(account: AccountLabel, source: string): Kept {
    const known = this.#find(account, source)
    if (known !== undefined) return known
    const kept: Kept = { lane: null, cycles: new Map() }
    const own = this.#accounts.get(account) ?? new Map<string, Kept>()
    this.#accounts.set(account, own.set(source, kept))
    return kept
  }

  #stored(account: AccountLabel, source: string): Kept & { lane: Lane } {
    const kept = this.#find(account, source)
    if (kept !== undefined && isCreated(kept)) return kept
    throw new StateError(`account ${account} has no lane over source ${source}`)
  }
}

function isCreated(kept: Kept): kept is Kept & { lane: Lane } {
  return kept.lane !== null
}
