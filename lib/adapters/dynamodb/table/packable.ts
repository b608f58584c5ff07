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
import { StateError } from '../../../domain/errors.ts'
import { type Attribute, type Codec, malformed } from '../../../formats/codec.ts'

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
      const attribute = codec.encode(value)
      const json = JSON.stringify(attribute)
      return json.length <= IN_CLEAR ? attribute : { count: count(attribute), packed: deflate(json) }
    },
    decode: (attribute, path) => {
      if (!isPacked(attribute)) return codec.decode(attribute, path)
      const unpacked = unpack(attribute.packed, path)
      if (count(unpacked) !== attribute.count) {
        throw malformed(`${path}.count`, String(count(unpacked)), attribute.count)
      }
      return codec.decode(unpacked, path)
    },
  }
}

/** A map's own values are never binary, so no name in it can be mistaken for this. */
function isPacked(attribute: unknown): attribute is Packed {
  return (
    typeof attribute === 'object' &&
    attribute !== null &&
    'packed' in attribute &&
    attribute.packed instanceof Uint8Array
  )
}

function count(attribute: Attribute): number {
  return typeof attribute === 'object' && attribute !== null ? Object.keys(attribute).length : 0
}

function deflate(json: string): Uint8Array {
  return new Uint8Array(deflateRawSync(json, { level: constants.Z_DEFAULT_COMPRESSION }))
}

/** @throws StateError */
function unpack(packed: Uint8Array, path: string): Attribute {
  try {
    return JSON.parse(inflateRawSync(packed, { maxOutputLength: LARGEST_UNPACKED }).toString()) as Attribute
  } catch (cause) {
    throw new StateError(`stored state is corrupted: ${path} cannot be decompressed`, { cause })
  }
}
