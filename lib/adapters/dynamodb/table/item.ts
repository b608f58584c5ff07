/**
 * Item kinds: a domain value, its keys and the attributes every item carries (docs/architecture.md#state).
 *
 * Invariants: an item of an unknown newer schema, or one whose contents do not belong to its keys (another
 * account's, say), is a StateError and is never decoded; no item exceeds 64 KB (docs/architecture.md#item-size).
 */
import { StateError, type Violation, formatViolation } from '../../../domain/errors.ts'
import {
  type Codec,
  type Encoded,
  type EncodedMap,
  type GrowingMap,
  type RecordCodec,
  decodeWith,
} from '../../../formats/codec.ts'
import { describeFound, formatPath } from '../../../formats/violations.ts'
import { mostBytes } from './item-bound.ts'

export type Item = EncodedMap

export interface ItemKey {
  readonly pk: string
  readonly sk: string | number
}

/** Where an item stands in the sparse index of open executions. */
interface OpenKey {
  readonly open_pk: string
  readonly open_sk: string
}

export interface ItemKind<T> {
  /** What it is, for errors. */
  readonly name: string
  readonly encode: (value: T, expiresAt?: number | null) => Item
  /** @throws StateError */
  readonly decode: (item: Item) => T
  readonly key: (value: T) => ItemKey
}

export interface ItemKindOptions<T> {
  readonly name: string
  /** Raised when an older reader must not touch the item any more. */
  readonly schema: number
  readonly codec: RecordCodec<T>
  /** What reads items of earlier schemas, which a deployment may meet between a seal and its commit. */
  readonly older?: Readonly<Record<number, Codec<T>>>
  readonly key: (value: T) => ItemKey
  readonly openKey?: (value: T) => OpenKey | null
}

export const MAX_ITEM_BYTES = 64 * 1024

export function defineItem<T>(options: ItemKindOptions<T>): ItemKind<T> {
  const { name, schema, codec, key, older = {} } = options
  return {
    name,
    key,
    encode: (value, expiresAt = null) => {
      const item: GrowingMap = { ...key(value), ...options.openKey?.(value) }
      if (expiresAt !== null) item['expires_at'] = expiresAt
      item['schema'] = schema
      codec.write(value, item)
      return item
    },
    decode: (item) => {
      const { pk, sk, schema: found, expires_at: expiresAt = 0, open_pk: _, open_sk: __, ...body } = item
      const what = () => `${name} ${JSON.stringify([pk, sk])}`
      const locate = (path: readonly PropertyKey[]) => `${what()}.${formatPath(path)}`
      const reader = found === schema ? codec : typeof found === 'number' ? older[found] : undefined
      if (reader === undefined) throw unknownSchema(locate(['schema']), found, schema)
      const decoded = decodeWith(reader, body, locate)
      if (decoded.kind === 'invalid') throw corrupted(decoded.violations)
      const own = key(decoded.value)
      if (own.pk === pk && own.sk === sk && typeof expiresAt === 'number') return decoded.value
      const keys = JSON.stringify({ pk, sk, expires_at: expiresAt })
      throw corrupted([{ path: what(), found: keys, allowed: `${JSON.stringify(own)}, and epoch seconds` }])
    },
  }
}

/** The kind, encoding each value once, however often that is asked for while the value is at hand. */
export function encodedOnce<T extends object>(kind: ItemKind<T>): ItemKind<T> {
  const encodings = new WeakMap<T, Item>()
  const encode = (value: T): Item => {
    const item = encodings.get(value) ?? kind.encode(value)
    encodings.set(value, item)
    return item
  }
  return {
    ...kind,
    encode: (value, expiresAt = null) =>
      expiresAt === null ? encode(value) : { ...encode(value), expires_at: expiresAt },
  }
}

function corrupted(violations: readonly Violation[]): StateError {
  return new StateError(`stored state is corrupted: ${violations.map(formatViolation).join('; ')}`)
}

/** The keys of an item of the state table. */
export function keyOf({ pk, sk }: Item): { readonly pk: string; readonly sk: string } {
  return { pk: pk as string, sk: sk as string }
}

/** An item's expiry in epoch seconds; null for none. */
export function expiryOf(item: Item): number | null {
  const expiresAt = item['expires_at']
  return typeof expiresAt === 'number' ? expiresAt : null
}

/** An item's size in bytes as DynamoDB counts it: names and values, 3 bytes per map or list, 1 per member. */
export function itemSize(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + bytes(name) + attributeSize(value), 0)
}

/** @throws StateError when the item is larger than 64 KB. */
export function assertItemFits(item: Item): void {
  if (mostBytes(item) <= MAX_ITEM_BYTES) return
  const size = itemSize(item)
  if (size > MAX_ITEM_BYTES) {
    const { pk, sk } = item
    throw new StateError(`item ${JSON.stringify([pk, sk])} has ${size} bytes, allowed: ${MAX_ITEM_BYTES}`)
  }
}

function unknownSchema(path: string, found: Encoded | undefined, known: number): StateError {
  const violation = { path, found: describeFound(found), allowed: String(known) }
  if (typeof found !== 'number' || found < known) return corrupted([violation])
  return new StateError(`stored state is of another version: ${formatViolation(violation)}`, {
    advice: 'A newer version wrote it: deploy that version again, or migrate the state.',
  })
}

function attributeSize(value: Encoded): number {
  if (typeof value === 'string') return bytes(value)
  // DynamoDB packs two digits a byte; counting one a byte never counts too little.
  if (typeof value === 'number') return String(value).length + 1
  if (typeof value === 'boolean' || value === null) return 1
  if (value instanceof Uint8Array) return value.byteLength
  if (Array.isArray(value)) {
    return value.reduce((sum: number, member: Encoded) => sum + 1 + attributeSize(member), 3)
  }
  return Object.entries(value).reduce(
    (sum, [name, member]) => sum + 1 + bytes(name) + attributeSize(member),
    3,
  )
}

function bytes(value: string): number {
  return Buffer.byteLength(value)
}
