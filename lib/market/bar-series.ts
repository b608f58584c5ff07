/**
 * Bars symbol by symbol, each with its own timeframe, and when a bar is complete (docs/architecture.md#files).
 *
 * Invariants: the order of a file's symbols changes nothing; a bar's end, by which its signal is known everywhere, follows
 * from the bar, its timeframe and the exchange's calendar alone.
 */
import { textOfDate } from '../domain/instant-text.ts'
import { type EpochMs, asEpochMs } from '../domain/time.ts'
import type { Session } from '../domain/trading-calendar.ts'
import { BarColumns } from './bar-columns.ts'
import type { Bar, Bars, BarSeries } from './bars.ts'
import type { ExchangeCalendar } from './calendar/exchange-calendar.ts'
import { ONE_DAY, ONE_MINUTE, type Timeframe, inferTimeframe, isDaily } from './timeframe.ts'

/** The sessions that a bar of a day or longer covers. */
export interface CoveredSessions {
  readonly first: Session
  readonly last: Session
}

const DAY = 86_400_000
const TUESDAY = 2

/** `YYYY-MM-DD` in UTC. */
export function dateOf(at: EpochMs): string {
  return textOfDate(at)
}

/** Bars in columns, symbol by symbol. */
export class GroupedBars implements Bars {
  readonly series: readonly BarSeries[]
  readonly length: number

  constructor(columns: Iterable<BarColumns>) {
    this.series = withTimeframes(new Map(Array.from(columns, (own) => [own.symbol, own])))
    this.length = this.series.reduce((sum, { bars }) => sum + bars.length, 0)
  }

  *[Symbol.iterator](): Generator<Bar> {
    for (const { bars } of this.series) yield* bars
  }
}

/** Groups bars by symbol, those excepted that are grouped already. */
export function seriesOf(bars: Bars): readonly BarSeries[] {
  if (bars instanceof GroupedBars) return bars.series
  const bySymbol = new Map<string, Bar[]>()
  for (const bar of bars) {
    const own = bySymbol.get(bar.symbol)
    if (own === undefined) bySymbol.set(bar.symbol, [bar])
    else own.push(bar)
  }
  return withTimeframes(bySymbol)
}

/**
 * A symbol with a single bar takes the longest timeframe of the others when it starts at midnight, else the shortest; without
 * others a day or a minute.
 */
function withTimeframes(bySymbol: ReadonlyMap<string, Bars>): BarSeries[] {
  const known = new Map([...bySymbol].map(([symbol, own]) => [symbol, timeframeFound(own)]))
  const others = [...known.values()]
    .filter((timeframe) => timeframe !== null)
    .sort((left, right) => left.durationMs - right.durationMs)
  return [...bySymbol].map(([symbol, own]) => {
    const [first = 0] = startsOf(own)
    const guess = first % DAY === 0 ? (others.at(-1) ?? ONE_DAY) : (others[0] ?? ONE_MINUTE)
    return { symbol, timeframe: known.get(symbol) ?? guess, bars: own }
  })
}

function timeframeFound(bars: Bars): Timeframe | null {
  const found = inferTimeframe(startsOf(bars))
  return found?.kind === 'timeframe' ? found.timeframe : null
}

/** When bars start, in their order. */
export function startsOf(bars: Bars): Float64Array {
  if (!(bars instanceof BarColumns)) return Float64Array.from(bars, ({ startsAt }) => startsAt)
  const starts = new Float64Array(bars.length)
  for (let index = 0; index < starts.length; index += 1) starts[index] = bars.startsAt(index)
  return starts
}

/** The sessions of a bar of a day or longer; null when its exchange was closed all along. */
export function sessionsOf(
  bar: Bar,
  timeframe: Timeframe,
  calendar: ExchangeCalendar,
): CoveredSessions | null {
  const until = endOf(bar.startsAt, timeframe)
  let first: Session | null = null
  let last: Session | null = null
  for (let day: number = bar.startsAt; day < until; day += DAY) {
    const session = calendar.sessionOn(bar.symbol, dateOf(asEpochMs(day)))
    first ??= session
    last = session ?? last
  }
  return first === null || last === null ? null : { first, last }
}

/** When a bar is complete: its last session's close, or its end within a day; null when there was no session. */
export function barEnd(bar: Bar, timeframe: Timeframe, calendar: ExchangeCalendar): EpochMs | null {
  if (isDaily(timeframe)) return sessionsOf(bar, timeframe, calendar)?.last.closesAt ?? null
  return asEpochMs(bar.startsAt + timeframe.durationMs)
}

/** A week that begins on a Tuesday lost its Monday to a holiday. */
function endOf(start: EpochMs, { name, durationMs }: Timeframe): number {
  const date = new Date(start)
  if (name === '1Month') return date.setUTCMonth(date.getUTCMonth() + 1)
  return start + durationMs - (name === '1Week' && date.getUTCDay() === TUESDAY ? DAY : 0)
}
