/**
 * The bars of one symbol in columns: 48 bytes a bar, where the object and its amounts take 250, so that a run of a million bars
 * holds them all. A bar is made anew whenever it is asked for.
 *
 * Invariant: a bar comes out as it went in, whatever its amounts.
 */
import { type Decimal, asDecimal } from '../domain/decimal.ts'
import { type EpochMs, asEpochMs } from '../domain/time.ts'
import type { Bar, Bars } from './bars.ts'

/** Each block has room for twice as many bars as the one before it, so that none is ever copied. */
interface Block {
  readonly startsAt: Float64Array
  /** Open, high, low, close and volume of each bar, in units of Decimal. */
  readonly amounts: BigInt64Array
}

const FIRST_BLOCK = 64
const FIRST_BLOCK_BITS = 6
const AMOUNTS = 5
/** Stand for what is no amount of 63 bits. */
const NONE = -(2n ** 63n)
const ELSEWHERE = NONE + 1n
const LARGEST = 2n ** 63n - 1n

export class BarColumns implements Bars {
  readonly symbol: string
  readonly #blocks: Block[] = []
  /** Amounts that are too large for their place, by bar and column. */
  readonly #elsewhere = new Map<number, Decimal>()
  #length = 0

  constructor(symbol: string, bars: Iterable<Bar> = []) {
    this.symbol = symbol
    for (const bar of bars) this.add(bar)
  }

  get length(): number {
    return this.#length
  }

  /** Adds a bar behind the others. */
  add({ startsAt, open, high, low, close, volume }: Bar): void {
    const index = this.#length
    const number = blockOf(index)
    const block = (this.#blocks[number] ??= newBlock(FIRST_BLOCK * 2 ** number))
    const place = index - startOf(number)
    block.startsAt[place] = startsAt
    const { amounts } = block
    const at = place * AMOUNTS
    amounts[at] = this.#units(open, index, 0)
    amounts[at + 1] = this.#units(high, index, 1)
    amounts[at + 2] = this.#units(low, index, 2)
    amounts[at + 3] = this.#units(close, index, 3)
    amounts[at + 4] = this.#units(volume, index, 4)
    this.#length += 1
  }

  /** @param index below the length */
  at(index: number): Bar {
    const number = blockOf(index)
    const { startsAt, amounts } = this.#block(number)
    const place = index - startOf(number)
    const at = place * AMOUNTS
    return {
      startsAt: asEpochMs(startsAt[place] ?? 0),
      symbol: this.symbol,
      open: this.#amount(amounts[at], index, 0),
      high: this.#amount(amounts[at + 1], index, 1),
      low: this.#amount(amounts[at + 2], index, 2),
      close: this.#amount(amounts[at + 3], index, 3) ?? asDecimal(0n),
      volume: this.#amount(amounts[at + 4], index, 4),
    }
  }

  startsAt(index: number): EpochMs {
    const number = blockOf(index)
    return asEpochMs(this.#block(number).startsAt[index - startOf(number)] ?? 0)
  }

  /** Tells a bar's start anew. */
  restart(index: number, startsAt: EpochMs): void {
    const number = blockOf(index)
    this.#block(number).startsAt[index - startOf(number)] = startsAt
  }

  *[Symbol.iterator](): Generator<Bar> {
    for (let index = 0; index < this.#length; index += 1) yield this.at(index)
  }

  /** The same bars, the last one first. */
  *reversed(): Generator<Bar> {
    for (let index = this.#length - 1; index >= 0; index -= 1) yield this.at(index)
  }

  #block(number: number): Block {
    const block = this.#blocks[number]
    if (block === undefined) throw new RangeError(`no such bar of ${this.symbol}`)
    return block
  }

  #units(value: Decimal | null, index: number, column: number): bigint {
    if (value === null) return NONE
    if (value > ELSEWHERE && value <= LARGEST) return value
    this.#elsewhere.set(index * AMOUNTS + column, value)
    return ELSEWHERE
  }

  #amount(units: bigint | undefined, index: number, column: number): Decimal | null {
    if (units !== undefined && units > ELSEWHERE) return asDecimal(units)
    return units === ELSEWHERE ? (this.#elsewhere.get(index * AMOUNTS + column) ?? null) : null
  }
}

function newBlock(bars: number): Block {
  return { startsAt: new Float64Array(bars), amounts: new BigInt64Array(bars * AMOUNTS) }
}

/** Which block holds a bar, counted from 0. */
function blockOf(index: number): number {
  return 31 - Math.clz32((index >> FIRST_BLOCK_BITS) + 1)
}

/** How many bars are in the blocks before. */
function startOf(block: number): number {
  return FIRST_BLOCK * (2 ** block - 1)
}
