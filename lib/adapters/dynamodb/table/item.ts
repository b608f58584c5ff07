/**
 * Item kinds: a domain value, its keys and the attributes every item carries (docs/architecture.md#state).
 *
 * Invariants: an item of an unknown newer schema, or one whose contents do not belong to its keys (another
 * account's, say), is a StateError and is never decoded; no item exceeds 64 KB (docs/architecture.md#item-size).
 */
import { StateError } from '../../../domain/errors.ts'
import { type Attribute, type RecordCodec, malformed } from '../../../formats/codec.ts'

export type Item = Readonly<Record<string, Attribute>>

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
  readonly key: (value: T) => ItemKey
  readonly openKey?: (value: T) => OpenKey | null
}

export const MAX_ITEM_BYTES = 64 * 1024

export function defineItem<T>(options: ItemKindOptions<T>): ItemKind<T> {
  const { name, schema, codec, key } = options
  return {
    name,
    key,
    encode: (value, expiresAt = null) => ({
      ...key(value),
      ...options.openKey?.(value),
      ...(expiresAt === null ? {} : { expires_at: expiresAt }),
      schema,
      ...codec.encode(value),
    }),
    decode: (item) => {
      const { pk, sk, schema: found, expires_at: expiresAt, open_pk: _, open_sk: __, ...body } = item
      const path = `${name} ${JSON.stringify([pk, sk])}`
      if (typeof found !== 'number') throw malformed(`${path}.schema`, 'a number', found)
      if (found !== schema) throw unknownSchema(path, found, schema)
      if (expiresAt !== undefined && typeof expiresAt !== 'number') {
        throw malformed(`${path}.expires_at`, 'epoch seconds', expiresAt)
      }
      const value = codec.decode(body, path)
      const own = key(value)
      if (own.pk !== pk || own.sk !== sk)
        throw malformed(path, `the keys of ${JSON.stringify(own)}`, [pk, sk])
      return value
    },
  }
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
  const size = itemSize(item)
  if (size > MAX_ITEM_BYTES) {
    const { pk, sk } = item
    throw new StateError(`item ${JSON.stringify([pk, sk])} has ${size} bytes, allowed: ${MAX_ITEM_BYTES}`)
  }
}

function unknownSchema(path: string, found: number, known: number): StateError {
  return new StateError(`${path} has schema ${found}, this code knows ${known}`, {
    advice: 'A newer version wrote it: deploy that version again, or migrate the state.',
  })
}

function attributeSize(value: Attribute): number {
  if (typeof value === 'string') return bytes(value)
  // DynamoDB packs two digits a byte; counting one a byte never counts too little.
  if (typeof value === 'number') return String(value).length + 1
  if (typeof value === 'boolean' || value === null) return 1
  if (value instanceof Uint8Array) return value.byteLength
  if (Array.isArray(value)) {
    return value.reduce((sum: number, member: Attribute) => sum + 1 + attributeSize(member), 3)
  }
  return Object.entries(value).reduce(
    (sum, [name, member]) => sum + 1 + bytes(name) + attributeSize(member),
    3,
  )
}

function bytes(value: string): number {
  return Buffer.byteLength(value)
}
