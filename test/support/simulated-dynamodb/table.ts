/**
 * One table in memory with the past of its items, so that an eventually consistent read can be answered as of a
 * moment ago; a sparse index over two attributes is a view of the same items.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { type Attributes, compareValues } from './evaluate.ts'

interface Version {
  readonly at: number
  readonly item: Attributes | null
}

interface Partition {
  readonly slots: Map<string, Slot>
  /** The same, by their sort keys. */
  readonly sorted: Slot[]
}

interface Slot {
  readonly sortKey: AttributeValue
  /** Oldest first; the last one is in force. */
  versions: Version[]
}

/** Told of every write that changes something, after it. */
export type WriteObserver = (table: string, before: Attributes | null, after: Attributes | null) => void

export type TableSnapshot = readonly Attributes[]

/** The sparse index's keys. */
export const INDEX = { hash: 'open_pk', sort: 'open_sk' } as const

const EMPTY: Partition = { slots: new Map(), sorted: [] }

/** No read lags further behind than this. */
const LONGEST_LAG_MS = 60_000

export class SimulatedTable {
  readonly name: string
  onWrite: WriteObserver = () => undefined
  readonly #partitions = new Map<string, Partition>()
  /** Items that have ever stood in the sparse index, by their partition there. */
  readonly #indexed = new Map<string, Set<Slot>>()

  constructor(name: string) {
    this.name = name
  }

  /** The item; with `asOf`, as it was then. */
  get(pk: AttributeValue, sk: AttributeValue, asOf = Infinity): Attributes | null {
    const slot = this.#partitions.get(pk.S ?? '')?.slots.get(textOf(sk))
    return slot === undefined ? null : versionAt(slot, asOf)
  }

  /** Replaces the item; null removes it. */
  set(pk: AttributeValue, sk: AttributeValue, item: Attributes | null, now: number): void {
    const slot = this.#slot(pk, sk)
    const before = versionAt(slot, Infinity)
    const live = slot.versions.findLastIndex((version) => version.at <= now - LONGEST_LAG_MS)
    if (live > 0) slot.versions.splice(0, live)
    this.#put(slot, item, now)
    this.onWrite(this.name, before, item)
  }

  /** Stores an item that was there before anybody looked. */
  seed(pk: AttributeValue, sk: AttributeValue, item: Attributes, at: number): void {
    this.#put(this.#slot(pk, sk), item, at)
  }

  /** The items of a partition by their sort keys, at most those whose sort keys begin with `prefix`. */
  partition(pk: string, asOf = Infinity, prefix = ''): readonly Attributes[] {
    const { sorted } = this.#partitions.get(pk) ?? EMPTY
    const found: Attributes[] = []
    for (let index = prefix === '' ? 0 : placeOf(sorted, { S: prefix }); index < sorted.length; index += 1) {
      const slot = sorted[index]
      if (slot === undefined || (prefix !== '' && !textOf(slot.sortKey).startsWith(prefix))) break
      const item = versionAt(slot, asOf)
      if (item !== null) found.push(item)
    }
    return found
  }

  /** The items whose `open_pk` is `pk`, ordered by their `open_sk`: a sparse index. */
  index(pk: string, asOf = Infinity): readonly Attributes[] {
    const found: { readonly item: Attributes; readonly range: AttributeValue }[] = []
    for (const slot of this.#indexed.get(pk) ?? []) {
      const item = versionAt(slot, asOf)
      const range = item?.[INDEX.sort]
      if (item?.[INDEX.hash]?.S === pk && range !== undefined) found.push({ item, range })
    }
    return found.sort((left, right) => compareValues(left.range, right.range)).map(({ item }) => item)
  }

  *all(asOf = Infinity): Iterable<Attributes> {
    for (const partition of this.#partitions.values()) {
      for (const slot of partition.sorted) {
        const item = versionAt(slot, asOf)
        if (item !== null) yield item
      }
    }
  }

  /** What time-to-live does: removes what has expired (`expires_at`, epoch seconds), in no order. */
  removeExpired(now: number): void {
    const items = Array.from(this.all())
    for (const item of items) {
      const { pk, sk, expires_at: expiresAt } = item
      if (pk !== undefined && sk !== undefined && Number(expiresAt?.N ?? Infinity) * 1000 < now) {
        this.set(pk, sk, null, now)
      }
    }
  }

  /** All items as they stand. */
  snapshot(): TableSnapshot {
    return Array.from(this.all())
  }

  /** Puts the table back: nothing is told of it, as it is another table under the same name. */
  restore(snapshot: TableSnapshot, at: number): void {
    this.#partitions.clear()
    this.#indexed.clear()
    for (const item of snapshot) {
      const { pk, sk } = item
      if (pk !== undefined && sk !== undefined) this.seed(pk, sk, item, at)
    }
  }

  #put(slot: Slot, item: Attributes | null, now: number): void {
    slot.versions.push({ at: now, item })
    const indexed = item?.[INDEX.hash]?.S
    if (indexed === undefined) return
    const known = this.#indexed.get(indexed)
    if (known === undefined) this.#indexed.set(indexed, new Set([slot]))
    else known.add(slot)
  }

  #slot(pk: AttributeValue, sk: AttributeValue): Slot {
    const [hash, range] = [pk.S ?? '', textOf(sk)]
    let partition = this.#partitions.get(hash)
    if (partition === undefined) {
      partition = { slots: new Map<string, Slot>(), sorted: [] }
      this.#partitions.set(hash, partition)
    }
    const known = partition.slots.get(range)
    if (known !== undefined) return known
    const slot: Slot = { sortKey: sk, versions: [] }
    partition.slots.set(range, slot)
    partition.sorted.splice(placeOf(partition.sorted, sk), 0, slot)
    return slot
  }
}

/** The place of the first sort key that is not less than this one. */
function placeOf(sorted: readonly Slot[], sk: AttributeValue): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const slot = sorted[middle]
    if (slot !== undefined && compareValues(slot.sortKey, sk) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function versionAt({ versions }: Slot, asOf: number): Attributes | null {
  for (let index = versions.length - 1; index >= 0; index -= 1) {
    const version = versions[index]
    if (version !== undefined && version.at <= asOf) return version.item
  }
  return null
}

function textOf(sk: AttributeValue): string {
  return sk.S ?? sk.N ?? ''
}
