/**
 * A size that no item of a value reaches beyond, in a fraction of the time that encoding it takes: most records are so far
 * below the limit that nothing more need be known.
 *
 * Invariant: never less than `itemSize` of the encoded value, packed or in clear. What is counted by character is six bytes,
 * as JSON writes the rarest of them (DynamoDB takes three at most), and four more for what stands around a text.
 */

const CHARACTER = 6
const AROUND = 4
/** What is neither text nor number, as JSON writes the longest. */
const WORD = 5
/** An instant's text, and more than any number's. */
const NUMBER = 32
/** A Decimal's text with sign and point, as long as its units fit 64 bits. */
const SHORT_DECIMAL = 24
const MEMBER = 1
const CONTAINER = 3
/** Keys, expiry, schemas, hashes that stand for a text or beside a list, and what compressing may add. */
const BESIDE = 2048

/** At least the bytes of any item that holds the value, or that is it. */
export function mostBytes(value: object): number {
  return BESIDE + most(value)
}

function most(value: unknown): number {
  if (typeof value === 'string') return textBytes(value)
  if (typeof value === 'number') return NUMBER
  if (typeof value === 'bigint') return decimalBytes(value)
  if (typeof value !== 'object' || value === null) return WORD
  let sum = CONTAINER
  if (value instanceof Uint8Array) return sum + value.byteLength
  if (Array.isArray(value)) {
    const members = value as readonly unknown[]
    for (let index = 0; index < members.length; index += 1) sum += MEMBER + most(members[index])
    return sum
  }
  // what is inherited, if anything is, only adds to the bound
  for (const name in value) {
    sum += MEMBER + textBytes(name) + most((value as Readonly<Record<string, unknown>>)[name])
  }
  return sum
}

function textBytes(text: string): number {
  return text.length * CHARACTER + AROUND
}

function decimalBytes(value: bigint): number {
  return BigInt.asIntN(64, value) === value ? SHORT_DECIMAL : textBytes(value.toString())
}
