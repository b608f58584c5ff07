/**
 * Dates bars of a day or longer by their trading day, whichever instant a tool gives them: the date as it is written where
 * it has no time of day or midnight, else the exchange's date of the instant (UTC's for crypto).
 *
 * Invariant: bars of one symbol are all of days or all within days; one that is not is named.
 */
import { isCrypto } from '../../domain/symbol.ts'
import { type EpochMs, asEpochMs } from '../../domain/time.ts'
import type { Bar } from '../bars.ts'
import { newYorkDays } from '../new-york-day.ts'
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

/** Turns descending symbols round, dates daily bars, and names what fits no timeframe. Keeps the order of the rows otherwise. */
export function datedBars(rows: readonly DatedBar[], faults: BarsFileFaults): DatedBar[] {
  const bySymbol = new Map<string, DatedBar[]>()
  for (const row of rows) {
    const own = bySymbol.get(row.bar.symbol)
    if (own === undefined) bySymbol.set(row.bar.symbol, [row])
    else own.push(row)
  }
  const dayOf = newYorkDays()
  let isAsWritten = true
  const dated = new Map(
    [...bySymbol].map(([symbol, own]) => {
      const series = datedSeries(own, dayOf, faults)
      isAsWritten &&= series === own
      return [symbol, series.values()]
    }),
  )
  if (isAsWritten) return [...rows]
  return rows.flatMap(({ bar }) => dated.get(bar.symbol)?.next().value ?? [])
}

function datedSeries(
  rows: readonly DatedBar[],
  dayOf: (at: EpochMs) => number,
  faults: BarsFileFaults,
): readonly DatedBar[] {
  const ascending = descends(rows) ? rows.toReversed() : rows
  const series = areOfDays(ascending)
    ? ascending.map((row) => ({
        ...row,
        bar: { ...row.bar, startsAt: row.day ?? tradingDay(row.bar, dayOf) },
      }))
    : ascending
  if (series.some(({ bar }, index) => index > 0 && bar.startsAt <= (series[index - 1]?.bar.startsAt ?? 0)))
    return series
  const found = inferTimeframe(series.map(({ bar }) => bar.startsAt))
  const odd = found?.kind === 'odd' ? ascending[found.index] : undefined
  if (found?.kind === 'odd' && odd !== undefined) {
    faults.add(
      odd.line,
      'timestamp',
      `a bar of ${odd.bar.symbol} that ${found.reason}`,
      'bars of one timeframe',
    )
  }
  return series
}

function descends(rows: readonly DatedBar[]): boolean {
  return (
    rows.length > 1 &&
    rows.every(({ bar }, index) => index === 0 || bar.startsAt < (rows[index - 1]?.bar.startsAt ?? 0))
  )
}

/** Days are at least 23 hours apart; a single bar is of a day if its date is all that is written. */
function areOfDays(rows: readonly DatedBar[]): boolean {
  if (rows.length === 1) return rows[0]?.day !== null
  const apart = rows.filter(
    ({ bar }, index) => index > 0 && bar.startsAt - (rows[index - 1]?.bar.startsAt ?? 0) >= DAY - HOUR,
  )
  const atMidnight = rows.filter(({ day }) => day !== null)
  // One row too many, such as today's unfinished one, must not make hours of all the days.
  return (
    apart.length === rows.length - 1 &&
    (atMidnight.length === rows.length || atMidnight.length <= rows.length / 2)
  )
}

function tradingDay({ startsAt, symbol }: Bar, dayOf: (at: EpochMs) => number): EpochMs {
  return asEpochMs((isCrypto(symbol) ? Math.floor(startsAt / DAY) : dayOf(startsAt)) * DAY)
}
