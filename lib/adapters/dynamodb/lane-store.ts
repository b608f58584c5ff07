/**
 * Lanes and cycle records on DynamoDB. Every method is one call, and one more after a failed condition.
 *
 * Invariants: the lane's version rises by exactly 1 per commit; a commit never touches `halted` unless it
 * halts the lane itself, so a halt set meanwhile stays.
 */
import { isDeepStrictEqual } from 'node:util'
import type { AccountLabel } from '../../domain/account-label.ts'
import { StateError } from '../../domain/errors.ts'
import type { Lane, LaneNotes } from '../../domain/lane.ts'
import type { CycleRecord } from '../../domain/plan.ts'
import type { Clock } from '../../ports/clock.ts'
import type { CommitOutcome, LaneStore, NoteOutcome, SealOutcome } from '../../ports/lane-store.ts'
import { type RetentionDays, expiryAfter } from '../../domain/retention.ts'
import { NOT_HALTED, STORED, laneVersionIs, notesAre } from './table/conditions.ts'
import type { Change, ItemTable } from './table/item-table.ts'
import { encodedOnce, type Item } from './table/item.ts'
import { cycleItem, cycleKey, cyclePrefix, fitsItem } from './items/cycle-item.ts'
import { accountPartition } from './items/shared.ts'
import { laneItem, laneKey, notes as notesCodec } from './items/lane-item.ts'

export class DynamoLaneStore implements LaneStore {
  readonly #table: ItemTable
  readonly #clock: Clock
  readonly #retentionDays: RetentionDays
  /** A record is asked whether it fits right before it is stored, and to encode it is much of what a cycle computes. */
  readonly #cycleItem = encodedOnce(cycleItem)

  /** `retentionDays`: how long cycle records are kept; lanes stay for ever. */
  constructor(table: ItemTable, clock: Clock, retentionDays: RetentionDays) {
    this.#table = table
    this.#clock = clock
    this.#retentionDays = retentionDays
  }

  readLane(account: AccountLabel, source: string): Promise<Lane | null> {
    return this.#table.read(laneItem, laneKey(account, source))
  }

  async createLane(lane: Lane): Promise<Lane> {
    return (await this.#table.create(laneItem, lane)) ?? lane
  }

  /** A record is read as long as it is there, past its expiry too: an interrupted cycle is finished as planned. */
  readCycle(account: AccountLabel, source: string, version: number): Promise<CycleRecord | null> {
    return this.#table.read(cycleItem, cycleKey(account, source, version))
  }

  async *listCycles(
    account: AccountLabel,
    source: string,
    newestFirst = false,
    unreadable?: (why: StateError) => void,
  ): AsyncIterable<CycleRecord> {
    const prefix = cyclePrefix(source)
    const range = { pk: accountPartition(account), prefix, consistent: true, backward: newestFirst }
    for await (const item of this.#table.queryAll(range)) {
      const record = readOrTold(item, unreadable)
      // another source's name can begin with this one's
      if (record?.source === source) yield record
    }
  }

  fits(record: CycleRecord): boolean {
    return fitsItem(record, this.#cycleItem)
  }

  async sealCycle(record: CycleRecord): Promise<SealOutcome> {
    const expiresAt = expiryAfter(this.#clock.now(), this.#retentionDays)
    const stored = await this.#table.create(this.#cycleItem, record, expiresAt)
    return stored === null ? { kind: 'sealed' } : { kind: 'adopted', record: stored }
  }

  async commit(lane: Lane): Promise<CommitOutcome> {
    const key = laneKey(lane.accountLabel, lane.source)
    const done = await this.#table.update(key, replacement(lane), laneVersionIs(lane.version - 1))
    if (done) return { kind: 'committed' }
    const current = await this.#storedLane(lane.accountLabel, lane.source)
    const ours = isDeepStrictEqual(current, { ...lane, halted: current.halted, notes: current.notes })
    return ours ? { kind: 'committed' } : { kind: 'superseded', current }
  }

  async note(account: AccountLabel, source: string, notes: LaneNotes): Promise<NoteOutcome> {
    const change: Change = {
      expression: 'SET notes = :notes',
      names: {},
      values: { ':notes': notesCodec.encode(notes) },
    }
    const done = await this.#table.update(laneKey(account, source), change, notesAre(notes.revision - 1))
    if (done) return { kind: 'noted' }
    const { notes: current } = await this.#storedLane(account, source)
    return isDeepStrictEqual(current, notes) ? { kind: 'noted' } : { kind: 'overtaken', current }
  }

  async halt(account: AccountLabel, source: string, reason: string): Promise<void> {
    const change: Change = {
      expression: 'SET #halted = :reason',
      names: { '#halted': 'halted' },
      values: { ':reason': reason },
    }
    const done = await this.#table.update(laneKey(account, source), change, NOT_HALTED)
    if (!done) await this.#storedLane(account, source)
  }

  async resume(account: AccountLabel, source: string): Promise<void> {
    const change: Change = { expression: 'REMOVE #halted', names: { '#halted': 'halted' }, values: {} }
    const done = await this.#table.update(laneKey(account, source), change, STORED)
    if (!done) await this.#storedLane(account, source)
  }

  async #storedLane(account: AccountLabel, source: string): Promise<Lane> {
    const lane = await this.readLane(account, source)
    if (lane === null) throw new StateError(`account ${account} has no lane over source ${source}`)
    return lane
  }
}

/** Sets every attribute of the lane but its notes; those that became null or empty are removed, except `halted`. */
function replacement(lane: Lane): Change {
  const { pk: _, sk: __, notes: ___, ...attributes } = laneItem.encode(lane)
  const names = Object.keys(attributes)
  const sets = names.map((name) =>
    name === 'halted' ? '#halted = if_not_exists(#halted, :halted)' : `#${name} = :${name}`,
  )
  const removed = ['last_tick_at', 'requests'].filter((name) => !names.includes(name))
  const removals = removed.map((name) => `#${name}`).join(', ')
  return {
    expression: `SET ${sets.join(', ')}${removals === '' ? '' : ` REMOVE ${removals}`}`,
    names: Object.fromEntries([...names, ...removed].map((name) => [`#${name}`, name])),
    values: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`:${name}`, value])),
  }
}

/** Null: it cannot be read, and somebody was told. */
function readOrTold(item: Item, unreadable: ((why: StateError) => void) | undefined): CycleRecord | null {
  try {
    return cycleItem.decode(item)
  } catch (error) {
    if (unreadable === undefined || !(error instanceof StateError)) throw error
    unreadable(error)
    return null
  }
}
