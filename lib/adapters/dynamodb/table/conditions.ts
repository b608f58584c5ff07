/**
 * The conditions under which items are written (docs/architecture.md#state). A failed one is a value, not a
 * fault.
 */
import { formatInstant, plusSeconds, type EpochMs } from '../../../domain/time.ts'
import type { Encoded } from '../../../formats/codec.ts'
import { NOTE_KEPT_SECONDS } from '../../../ports/waiting-ticks.ts'

export interface Condition {
  readonly expression: string
  readonly names?: Readonly<Record<string, string>>
  readonly values?: Readonly<Record<string, Encoded>>
}

/** There is no such item yet. */
export const NOT_STORED: Condition = { expression: 'attribute_not_exists(pk)' }

/** There is such an item. */
export const STORED: Condition = { expression: 'attribute_exists(pk)' }

/** The lane exists and no reason for a halt is set. */
export const NOT_HALTED: Condition = {
  expression: 'attribute_exists(pk) AND attribute_not_exists(halted)',
}

/** The lane's notes are still those of the revision that was read; 0: there are none. */
export function notesAre(revision: number): Condition {
  if (revision === 0) return { expression: 'attribute_exists(pk) AND attribute_not_exists(notes)' }
  return { expression: 'notes.revision = :revision', values: { ':revision': revision } }
}

/** The lane is still at the version that was read. */
export function laneVersionIs(version: number): Condition {
  return attributeIs('version', version)
}

/** A row of the single-account system that names no account yet. */
export const UNNAMED_ROW: Condition = {
  expression: 'attribute_exists(pk) AND attribute_not_exists(alpaca_account_label)',
}

/** The execution is still at the revision that was read. */
export function revisionIs(revision: number): Condition {
  return attributeIs('revision', revision)
}

/** The marker, the high-water mark or the fold still names the position that was read. */
export function positionIs(position: number): Condition {
  return attributeIs('position', position)
}

/** Nobody has the lease, its time is over at `now`, or it is the owner's own. Instants of equal length compare as texts. */
export function leaseIsFreeFor(owner: string, now: EpochMs): Condition {
  return {
    expression: 'attribute_not_exists(pk) OR lease_until <= :now OR #owner = :owner',
    names: { '#owner': 'owner' },
    values: { ':now': formatInstant(now), ':owner': owner },
  }
}

/** The lease is still the owner's. */
export function leaseIsOf(owner: string): Condition {
  return attributeIs('owner', owner)
}

/** The entry was not written again since it was read: nobody has put its roster in force anew. */
export function wasWrittenAt(writtenAt: EpochMs): Condition {
  return attributeIs('written_at', formatInstant(writtenAt))
}

/**
 * No tick after signals waits, and none was noted for the position or a later one; a note of another minute says nothing.
 * Instants of equal length compare as texts.
 */
export function nothingWaitsBelow(position: number, now: EpochMs): Condition {
  return {
    expression:
      'attribute_not_exists(pk) OR noted_at < :old OR noted_at > :ahead OR (waits = :no AND #position < :position)',
    names: { '#position': 'position' },
    values: {
      ':old': formatInstant(plusSeconds(now, -NOTE_KEPT_SECONDS)),
      ':ahead': formatInstant(plusSeconds(now, NOTE_KEPT_SECONDS)),
      ':no': false,
      ':position': position,
    },
  }
}

/** There is no such item, or it says the same: an idempotent put. */
export function notStoredOrSame(attribute: string, value: Encoded): Condition {
  const same = attributeIs(attribute, value)
  return { ...same, expression: `${NOT_STORED.expression} OR ${same.expression}` }
}

/** There is no such order without an execution yet, or one that nobody has judged. */
export const NOT_STORED_OR_PARKED: Condition = notStoredOrSame('state', 'parked')

function attributeIs(attribute: string, value: Encoded): Condition {
  return {
    expression: '#checked = :checked',
    names: { '#checked': attribute },
    values: { ':checked': value },
  }
}
