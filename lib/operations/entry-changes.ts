/**
 * What applying a file of entries does to those that are there: merge adds and replaces by id, sync makes them equal to
 * the file. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Encoded, RecordCodec } from '../formats/codec.ts'

export type ApplyMode = 'merge' | 'sync'

interface FieldChange {
  /** As a file calls it, with what stands there. */
  readonly field: string
  readonly before: Encoded
  readonly after: Encoded
}

export interface EntryChange {
  readonly id: string
  readonly kind: 'added' | 'changed' | 'removed' | 'unchanged'
  /** Only for `changed`. */
  readonly fields: readonly FieldChange[]
}

export interface Entries<Entry> {
  readonly idOf: (entry: Entry) => string
  /** As a file has an entry. */
  readonly codec: RecordCodec<Entry>
}

/** The entries after it, and every id that was or is there; both sorted by id. */
export function applyEntries<Entry>(
  current: readonly Entry[],
  file: readonly Entry[],
  mode: ApplyMode,
  { idOf, codec }: Entries<Entry>,
): { readonly entries: readonly Entry[]; readonly changes: readonly EntryChange[] } {
  const byId = (entries: readonly Entry[]) => new Map(entries.map((entry) => [idOf(entry), entry]))
  const before = byId(current)
  const wanted = byId(mode === 'sync' ? file : [...current, ...file])
  const ids = [...new Set([...before.keys(), ...wanted.keys()])].sort()
  return {
    entries: ids.flatMap((id) => wanted.get(id) ?? []),
    changes: ids.map((id) => changeOf(id, before.get(id), wanted.get(id), codec)),
  }
}

function changeOf<Entry>(
  id: string,
  before: Entry | undefined,
  after: Entry | undefined,
  codec: RecordCodec<Entry>,
): EntryChange {
  if (before === undefined) return { id, kind: 'added', fields: [] }
  if (after === undefined) return { id, kind: 'removed', fields: [] }
  const [old, wanted] = [codec.encode(before), codec.encode(after)]
  const fields = [...new Set([...Object.keys(old), ...Object.keys(wanted)])]
    .filter((field) => !isDeepStrictEqual(old[field], wanted[field]))
    .map((field) => ({ field, before: old[field] ?? null, after: wanted[field] ?? null }))
  return { id, kind: fields.length > 0 ? 'changed' : 'unchanged', fields }
}
