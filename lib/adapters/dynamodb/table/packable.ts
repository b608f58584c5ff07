/**
 * Lists and maps that are stored as they are while they are short, and as one compressed value with their count
 * beside it once they are long, so that a whole plan of hundreds of strategies fits one item
 * (docs/architecture.md#item-size) and an ordinary one can be read by eye.
 *
 * Invariants: what is decoded equals what was encoded; the compressed bytes themselves mean nothing, since they
 * may differ between versions of the compressor: nothing compares or hashes them. What is decompressed is
 * bounded.
 */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { type Codec, isMap, refuse } from '../../../formats/codec.ts'

/** Up to this many characters of JSON a value is stored as it is: about ten decisions. */
const IN_CLEAR = 4096
/** Far more than ever fits an item compressed. */
const LARGEST_UNPACKED = 64 * 1024 * 1024

interface Packed {
  readonly count: number
  readonly packed: Uint8Array
}

/** A list or map that is packed when it is long. */
export function packable<T extends object>(codec: Codec<T>): Codec<T> {
  return {
    encode: (value) => {
      const encoded = codec.encode(value) ?? null
      const json = JSON.stringify(encoded)
      return json.length <= IN_CLEAR ? encoded : { count: count(encoded), packed: deflate(json) }
    },
    decode: (encoded, faults) => {
      if (!isPacked(encoded)) return codec.decode(encoded, faults)
      const unpacked = unpack(encoded.packed)
      if (unpacked === undefined) return refuse(faults, 'bytes that cannot be decompressed', 'deflated JSON')
      const counted = count(unpacked)
      if (counted !== encoded.count) return refuse(faults, String(encoded.count), String(counted), 'count')
      return codec.decode(unpacked, faults)
    },
  }
}

/** A map's own values are never binary, so no name in it can be mistaken for this. */
function isPacked(encoded: unknown): encoded is Packed {
  return isMap(encoded) && encoded['packed'] instanceof Uint8Array
}

function count(encoded: unknown): number {
  return typeof encoded === 'object' && encoded !== null ? Object.keys(encoded).length : 0
}

function deflate(json: string): Uint8Array {
  return new Uint8Array(deflateRawSync(json, { level: constants.Z_DEFAULT_COMPRESSION }))
}

/** Undefined for what was not made by `deflate`. */
function unpack(packed: Uint8Array): unknown {
  try {
    return JSON.parse(inflateRawSync(packed, { maxOutputLength: LARGEST_UNPACKED }).toString())
  } catch {
    return undefined
  }
}
