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

export class MemoryLaneStore implements LaneStore {
  readonly #lanes = new Map<string, Lane>()
  readonly #cycles = new Map<string, CycleRecord>()
  readonly #onCommitted: ((record: CycleRecord) => void) | null
  /** A record is asked whether it fits right before it is sealed. */
  #fitting: CycleRecord | null = null

  /** @param onCommitted gets each record whose cycle is committed, which is kept no longer then; without it all are kept */
  constructor(onCommitted: ((record: CycleRecord) => void) | null = null) {
    this.#onCommitted = onCommitted
  }

  async readLane(account: AccountLabel, source: string): Promise<Lane | null> {
    return this.#lanes.get(laneKey(account, source)) ?? null
  }

  async createLane(lane: Lane): Promise<Lane> {
    const key = laneKey(lane.accountLabel, lane.source)
    const stored = this.#lanes.get(key)
    if (stored !== undefined) return stored
    this.#lanes.set(key, lane)
    return lane
  }

  async readCycle(account: AccountLabel, source: string, version: number): Promise<CycleRecord | null> {
    return this.#cycles.get(cycleKey(account, source, version)) ?? null
  }

  async *listCycles(account: AccountLabel, source: string, newestFirst = false): AsyncIterable<CycleRecord> {
    const records = [...this.#cycles.values()]
    for (const record of newestFirst ? records.reverse() : records) {
      if (record.accountLabel === account && record.source === source) yield record
    }
  }

  fits(record: CycleRecord): boolean {
    const fits = record === this.#fitting || fitsItem(record)
    if (fits) this.#fitting = record
    return fits
  }

  async sealCycle(record: CycleRecord): Promise<SealOutcome> {
    if (record.plan.decisions.length > 0) sealDecisions(record)
    if (!this.fits(record)) throw new StateError(`the record of cycle ${record.version} does not fit an item`)
    const key = cycleKey(record.accountLabel, record.source, record.version)
    const stored = this.#cycles.get(key)
    if (stored !== undefined) return { kind: 'adopted', record: stored }
    this.#cycles.set(key, record)
    return { kind: 'sealed' }
  }

  async commit(lane: Lane): Promise<CommitOutcome> {
    const current = this.#stored(lane.accountLabel, lane.source)
    const halted = current.halted ?? lane.halted
    const isAsItIs = halted === lane.halted && current.notes === lane.notes
    const committed = isAsItIs ? lane : { ...lane, halted, notes: current.notes }
    if (current.version === lane.version - 1) {
      this.#lanes.set(laneKey(lane.accountLabel, lane.source), committed)
      this.#forget(current)
      return { kind: 'committed' }
    }
    return isDeepStrictEqual(current, committed) ? { kind: 'committed' } : { kind: 'superseded', current }
  }

  async note(account: AccountLabel, source: string, notes: LaneNotes): Promise<NoteOutcome> {
    const current = this.#stored(account, source)
    if (isDeepStrictEqual(current.notes, notes)) return { kind: 'noted' }
    if (current.notes.revision !== notes.revision - 1) return { kind: 'overtaken', current: current.notes }
    this.#lanes.set(laneKey(account, source), { ...current, notes })
    return { kind: 'noted' }
  }

  async halt(account: AccountLabel, source: string, reason: string): Promise<void> {
    const current = this.#stored(account, source)
    this.#lanes.set(laneKey(account, source), { ...current, halted: current.halted ?? reason })
  }

  async resume(account: AccountLabel, source: string): Promise<void> {
    const current = this.#stored(account, source)
    this.#lanes.set(laneKey(account, source), { ...current, halted: null })
  }

  #forget({ accountLabel, source, version }: Lane): void {
    if (this.#onCommitted === null) return
    const key = cycleKey(accountLabel, source, version)
    const record = this.#cycles.get(key)
    if (record !== undefined) this.#onCommitted(record)
    this.#cycles.delete(key)
  }

  #stored(account: AccountLabel, source: string): Lane {
    const lane = this.#lanes.get(laneKey(account, source))
    if (lane === undefined) throw new StateError(`account ${account} has no lane over source ${source}`)
    return lane
  }
}

/** No label holds a blank. */
function laneKey(account: AccountLabel, source: string): string {
  return `${account} ${source}`
}

function cycleKey(account: AccountLabel, source: string, version: number): string {
  return `${account} ${version} ${source}`
}
