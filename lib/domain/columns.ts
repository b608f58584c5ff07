/**
 * Numbers and amounts in columns outside of the heap: 8 bytes each, where an object of its own takes 40, so that a million of them
 * can be held. They grow block by block, each twice as long as the one before it, so that none is ever copied.
 *
 * Invariant: an amount comes out as it went in, however large.
 */
import { type Decimal, asDecimal } from './decimal.ts'

const FIRST_BLOCK = 64
const FIRST_BLOCK_BITS = 6
/** Stand for what is no amount of 63 bits. */
const NONE = -(2n ** 63n)
const ELSEWHERE = NONE + 1n
const LARGEST = 2n ** 63n - 1n

export class NumberColumn {
  readonly #blocks: Float64Array[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    const number = blockOf(this.#length)
    const block = (this.#blocks[number] ??= new Float64Array(FIRST_BLOCK << number))
    block[this.#length - startOf(number)] = value
    this.#length += 1
  }

  /** Undefined from the end on. */
  at(index: number): number | undefined {
    if (index >= this.#length) return undefined
    const number = blockOf(index)
    return this.#blocks[number]?.[index - startOf(number)]
  }

  /** @param index below the length */
  set(index: number, value: number): void {
    const number = blockOf(index)
    const block = this.#blocks[number]
    if (block !== undefined) block[index - startOf(number)] = value
  }
}

export class DecimalColumn {
  readonly #blocks: BigInt64Array[] = []
  /** By place. */
  readonly #elsewhere = new Map<number, Decimal>()
  #length = 0

  push(value: Decimal | null): void {
    const number = blockOf(this.#length)
    const block = (this.#blocks[number] ??= new BigInt64Array(FIRST_BLOCK << number))
    block[this.#length - startOf(number)] = this.#units(value)
    this.#length += 1
  }

  /** Null also from the end on. */
  at(index: number): Decimal | null {
    if (index >= this.#length) return null
    const number = blockOf(index)
    const units = this.#blocks[number]?.[index - startOf(number)] ?? NONE
    if (units > ELSEWHERE) return asDecimal(units)
    return units === ELSEWHERE ? (this.#elsewhere.get(index) ?? null) : null
  }

  #units(value: Decimal | null): bigint {
    if (value === null) return NONE
    if (value > ELSEWHERE && value <= LARGEST) return value
    this.#elsewhere.set(this.#length, value)
    return ELSEWHERE
  }
}

/** Which block holds a place, counted from 0. */
function blockOf(index: number): number {
  return 31 - Math.clz32((index >> FIRST_BLOCK_BITS) + 1)
}

/** How many places are in the blocks before. */
function startOf(block: number): number {
  return (FIRST_BLOCK << block) - FIRST_BLOCK
}
