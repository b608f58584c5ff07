/**
 * The lane item and the cycle records that seal its plans (docs/architecture.md#sealed-plan). Every write is one
 * conditional single-item write; a failed condition is a value.
 */
import type { AccountLabel } from '../domain/account-label.ts'
import type { Lane, LaneNotes } from '../domain/lane.ts'
import type { StateError } from '../domain/errors.ts'
import type { CycleRecord } from '../domain/plan.ts'

export type SealOutcome =
  | { readonly kind: 'sealed' }
  /** A record of this version exists already (ours seen twice, or an interrupted cycle's): adopt it. */
  | { readonly kind: 'adopted'; readonly record: CycleRecord }

export type CommitOutcome =
  | { readonly kind: 'committed' }
  /** Somebody else committed first; `current` is what is stored now. */
  | { readonly kind: 'superseded'; readonly current: Lane }

export type NoteOutcome =
  | { readonly kind: 'noted' }
  /** Others noted something since; this is what is stored now. */
  | { readonly kind: 'overtaken'; readonly current: LaneNotes }

export interface LaneStore {
  /** Strongly consistent; null when the lane does not exist yet. @throws StateError for an unknown schema. */
  readLane(account: AccountLabel, source: string): Promise<Lane | null>
  /** Creates the lane unless it exists; returns what is stored. */
  createLane(lane: Lane): Promise<Lane>
  /** Strongly consistent; null when the version has no record. */
  readCycle(account: AccountLabel, source: string, version: number): Promise<CycleRecord | null>
  /**
   * All stored records of a lane, oldest version first unless it says otherwise. For operators, not for the cycle.
   * @param unreadable told of each record that this version of the code cannot read, which is passed over then
   * @throws StateError for such a record when nobody is told
   */
  listCycles(
    account: AccountLabel,
    source: string,
    newestFirst?: boolean,
    unreadable?: (why: StateError) => void,
  ): AsyncIterable<CycleRecord>
  /**
   * Whether the record can be stored whole (64 KB, docs/architecture.md#item-size); if not, the batch is made
   * smaller.
   */
  fits(record: CycleRecord): boolean
  /** Puts the record unless one of its version exists. @throws StateError when it does not fit. */
  sealCycle(record: CycleRecord): Promise<SealOutcome>
  /**
   * Replaces the lane if its stored version is `lane.version - 1`. Our own commit seen twice is `committed`.
   * A halt since the lane was read stays: `halted` is set by a commit but never cleared. Its notes stay as they are.
   */
  commit(lane: Lane): Promise<CommitOutcome>
  /**
   * Replaces the lane's notes if those stored are of revision `notes.revision - 1`, whatever its version. Our own
   * seen twice are `noted`. @throws StateError when there is no such lane.
   */
  note(account: AccountLabel, source: string, notes: LaneNotes): Promise<NoteOutcome>
  /** Marks the lane as halted, whatever its version; a lane that is halted already keeps its reason. */
  halt(account: AccountLabel, source: string, reason: string): Promise<void>
  /** Lifts a halt, on an operator's word. @throws StateError when there is no such lane. */
  resume(account: AccountLabel, source: string): Promise<void>
}
