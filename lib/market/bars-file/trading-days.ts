/**
 * Gathers one symbol's rows of a file. Dates bars of a day or longer by their trading day, whichever instant a tool gives them: the
 * date as it is written where it has no time of day or midnight, else the exchange's date of the instant (UTC's for crypto).
 *
 * Invariants: bars of one symbol are all of days or all within days, and ascend strictly; one that does not fit is named.
 */
import { isCrypto } from '../../domain/symbol.ts'
import { type EpochMs, asEpochMs, formatInstant } from '../../domain/time.ts'
import { BarColumns } from '../bar-columns.ts'
import { startsOf } from '../bar-series.ts'
import type { Bar } from '../bars.ts'
import { inferTimeframe } from '../timeframe.ts'
import type { BarsFileFaults } from './bars-file-faults.ts'

/** A bar with what else its row says. */
export interface DatedBar {
  readonly bar: Bar
  /** Midnight UTC of the written date, where that is all that is written. */
  readonly day: EpochMs | null
  readonly line: number
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

export class SymbolRows {
  #bars: BarColumns
  readonly #lines: number[] = []
  /** Null as soon as two rows are less than a day apart. */
  #days: (EpochMs | null)[] | null = []

  constructor(symbol: string) {
    this.#bars = new BarColumns(symbol)
  }

  add({ bar, day, line }: DatedBar): void {
    const count = this.#bars.length
    // days are at least 23 hours apart
    if (count > 0 && Math.abs(bar.startsAt - this.#bars.startsAt(count - 1)) < DAY - HOUR) this.#days = null
    this.#bars.add(bar)
    this.#lines.push(line)
    this.#days?.push(day)
  }

  /** The bars, turned round where all of them descend. @param dayOf an instant's day on the exchange's calendar */
  finished(dayOf: (at: EpochMs) => number, faults: BarsFileFaults): BarColumns {
    if (isEach(startsOf(this.#bars), (start, before) => start < before)) this.#turnRound()
    this.#date(dayOf)
    const starts = startsOf(this.#bars)
    if (isEach(starts, (start, before) => start > before)) this.#checkTimeframe(starts, faults)
    else this.#nameDisorder(starts, faults)
    return this.#bars
  }

  #turnRound(): void {
    this.#bars = new BarColumns(this.#bars.symbol, this.#bars.reversed())
    this.#lines.reverse()
    this.#days?.reverse()
  }

  #date(dayOf: (at: EpochMs) => number): void {
    const { symbol, length } = this.#bars
    const days = this.#days
    if (days === null || !areOfDays(startsOf(this.#bars), days)) return
    for (let index = 0; index < length; index += 1) {
      const startsAt = this.#bars.startsAt(index)
      const day = isCrypto(symbol) ? Math.floor(startsAt / DAY) : dayOf(startsAt)
      this.#bars.restart(index, days[index] ?? asEpochMs(day * DAY))
    }
  }

  #checkTimeframe(starts: Float64Array, faults: BarsFileFaults): void {
    const found = inferTimeframe(starts)
    if (found?.kind !== 'odd') return
    const line = this.#lines[found.index] ?? 0
    const bar = `a bar of ${this.#bars.symbol} that ${found.reason}`
    faults.add(line, 'timestamp', bar, 'bars of one timeframe')
  }

  #nameDisorder(starts: Float64Array, faults: BarsFileFaults): void {
    let last = starts[0] ?? 0
    for (let index = 1; index < starts.length; index += 1) {
      const start = starts[index] ?? 0
      if (start > last) last = start
      else {
        const found = JSON.stringify(formatInstant(asEpochMs(start)))
        const before = `later than ${this.#bars.symbol}'s bar before (${formatInstant(asEpochMs(last))})`
        faults.add(this.#lines[index] ?? 0, 'timestamp', found, before)
      }
    }
  }
}

/** Whether each start but the first is so in view of the one before it; not so of a single one. */
function isEach(starts: Float64Array, is: (start: number, before: number) => boolean): boolean {
  for (let index = 1; index < starts.length; index += 1) {
    if (!is(starts[index] ?? 0, starts[index - 1] ?? 0)) return false
  }
  return starts.length > 1
}

/** Days are at least 23 hours apart; a single bar is of a day if its date is all that is written. */
function areOfDays(starts: Float64Array, days: readonly (EpochMs | null)[]): boolean {
  const atMidnight = days.filter((day) => day !== null)
  if (days.length === 1) return atMidnight.length === 1
  // One row too many, such as today's unfinished one, must not make hours of all the days.
  return (
    isEach(starts, (start, before) => start - before >= DAY - HOUR) &&
    (atMidnight.length === days.length || atMidnight.length <= days.length / 2)
  )
}
