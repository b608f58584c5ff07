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

interface Slot {
  readonly sortKey: AttributeValue
  /** Oldest first; the last one is in force. */
  versions: Version[]
}

/** Told of every write that changes something, after it. */
export type WriteObserver = (table: string, before: Attributes | null, after: Attributes | null) => void

/** No read lags further behind than this. */
const LONGEST_LAG_MS = 60_000

export class SimulatedTable {
  readonly name: string
  onWrite: WriteObserver = () => undefined
  readonly #partitions = new Map<string, Map<string, Slot>>()

  constructor(name: string) {
    this.name = name
  }

  /** The item; with `asOf`, as it was then. */
  get(pk: AttributeValue, sk: AttributeValue, asOf = Infinity): Attributes | null {
    const slot = this.#partitions.get(pk.S ?? '')?.get(textOf(sk))
    return slot === undefined ? null : versionAt(slot, asOf)
  }

  /** Replaces the item; null removes it. */
  set(pk: AttributeValue, sk: AttributeValue, item: Attributes | null, now: number): void {
    const partition = this.#partition(pk.S ?? '')
    const key = textOf(sk)
    const slot = partition.get(key)
    if (slot === undefined) partition.set(key, { sortKey: sk, versions: [{ at: now, item }] })
    const before = slot === undefined ? null : versionAt(slot, Infinity)
    if (slot !== undefined) {
      const live = slot.versions.findLastIndex((version) => version.at <= now - LONGEST_LAG_MS)
      if (live > 0) slot.versions.splice(0, live)
      slot.versions.push({ at: now, item })
    }
    this.onWrite(this.name, before, item)
  }

  /** Stores an item that was there before anybody looked. */
  seed(pk: AttributeValue, sk: AttributeValue, item: Attributes, at: number): void {
    this.#partition(pk.S ?? '').set(textOf(sk), { sortKey: sk, versions: [{ at, item }] })
  }

  /** The items of a partition by their sort keys. */
  partition(pk: string, asOf = Infinity): readonly Attributes[] {
    const found: Slot[] = []
    for (const slot of this.#partitions.get(pk)?.values() ?? []) {
      if (versionAt(slot, asOf) !== null) found.push(slot)
    }
    found.sort((left, right) => compareValues(left.sortKey, right.sortKey))
    return found.map((slot) => versionAt(slot, asOf) ?? {})
  }

  /** The items that carry `hash` = `pk` and the attribute `range`, ordered by it. */
  index(hash: string, range: string, pk: string, asOf = Infinity): readonly Attributes[] {
    const found: { readonly item: Attributes; readonly range: AttributeValue }[] = []
    for (const item of this.all(asOf)) {
      const key = item[range]
      if (item[hash]?.S === pk && key !== undefined) found.push({ item, range: key })
    }
    return found.sort((left, right) => compareValues(left.range, right.range)).map(({ item }) => item)
  }

  *all(asOf = Infinity): Iterable<Attributes> {
    for (const partition of this.#partitions.values()) {
      for (const slot of partition.values()) {
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

  #partition(pk: string): Map<string, Slot> {
    const known = this.#partitions.get(pk)
    if (known !== undefined) return known
    const partition = new Map<string, Slot>()
    this.#partitions.set(pk, partition)
    return partition
  }
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
