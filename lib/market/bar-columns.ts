/**
 * The bars of one symbol in columns: 48 bytes a bar, where the object and its amounts take 250, so that a run of a million bars
 * holds them all. A bar is made anew whenever it is asked for.
 */
import { DecimalColumn, NumberColumn } from '../domain/columns.ts'
import { asDecimal } from '../domain/decimal.ts'
import { type EpochMs, asEpochMs } from '../domain/time.ts'
import type { Bar, Bars } from './bars.ts'

export class BarColumns implements Bars {
  readonly symbol: string
  readonly #starts = new NumberColumn()
  readonly #opens = new DecimalColumn()
  readonly #highs = new DecimalColumn()
  readonly #lows = new DecimalColumn()
  readonly #closes = new DecimalColumn()
  readonly #volumes = new DecimalColumn()

  constructor(symbol: string, bars: Iterable<Bar> = []) {
    this.symbol = symbol
    for (const bar of bars) this.add(bar)
  }

  get length(): number {
    return this.#starts.length
  }

  /** Adds a bar behind the others. */
  add({ startsAt, open, high, low, close, volume }: Bar): void {
    this.#starts.push(startsAt)
    this.#opens.push(open)
    this.#highs.push(high)
    this.#lows.push(low)
    this.#closes.push(close)
    this.#volumes.push(volume)
  }

  /** @param index below the length */
  at(index: number): Bar {
    return {
      startsAt: this.startsAt(index),
      symbol: this.symbol,
      open: this.#opens.at(index),
      high: this.#highs.at(index),
      low: this.#lows.at(index),
      // none is without
      close: this.#closes.at(index) ?? asDecimal(0n),
      volume: this.#volumes.at(index),
    }
  }

  /** @param index below the length */
  startsAt(index: number): EpochMs {
    return asEpochMs(this.#starts.at(index) ?? 0)
  }

  /** Tells a bar's start anew. */
  restart(index: number, startsAt: EpochMs): void {
    this.#starts.set(index, startsAt)
  }

  *[Symbol.iterator](): Generator<Bar> {
    for (let index = 0; index < this.length; index += 1) yield this.at(index)
  }

  /** The same bars, the last one first. */
  *reversed(): Generator<Bar> {
    for (let index = this.length - 1; index >= 0; index -= 1) yield this.at(index)
  }
}
