/**
 * What a bars file lacks, by the exchange's calendar: bars of a session, sessions, ends of symbols. Pure.
 *
 * Early closes are the calendar's, so nothing is missing after them. A minute without a trade has no bar
 * (https://forum.alpaca.markets/t/12417), so what is missing may never have been; one that lasts as long as a trading pause, five
 * minutes (https://www.nasdaqtrader.com/content/MarketRegulation/LULD_FAQ.pdf), is told apart.
 */
import { isCrypto } from '../../domain/symbol.ts'
import { type EpochMs, asEpochMs } from '../../domain/time.ts'
import type { Session } from '../../domain/trading-calendar.ts'
import { dateOf, seriesOf, startsOf } from '../bar-series.ts'
import type { Bars } from '../bars.ts'
import type { ExchangeCalendar } from '../calendar/exchange-calendar.ts'
import { isDaily, ONE_DAY, type Timeframe } from '../timeframe.ts'

/**
 * `bars`: some of a session; `pause`: at least five minutes of one; `sessions`: whole ones; `late`: before the symbol's first bar, though
 * the file has begun; `vanished`: after its last one, though the file goes on.
 */
export type GapKind = 'bars' | 'pause' | 'sessions' | 'late' | 'vanished'

export interface Gap {
  readonly kind: GapKind
  /** Where the first missing bar would begin, and the last one. */
  readonly from: EpochMs
  readonly last: EpochMs
  readonly missing: number
}

export interface SeriesGaps {
  readonly symbol: string
  readonly timeframe: string
  readonly bars: number
  /** What the calendar expects of the file's time. */
  readonly expected: number
  readonly gaps: readonly Gap[]
  /** Bars outside of sessions. */
  readonly outside: number
  /** Dates on which the exchange closed early. */
  readonly earlyCloses: readonly string[]
}

const DAY = 86_400_000
const PAUSE_MS = 300_000
const REGULAR_MS = 23_400_000

/** Symbol by symbol, in alphabetical order; weeks and months are counted, not compared. */
export function gapsOf(bars: Bars, calendar: ExchangeCalendar): SeriesGaps[] {
  const series = seriesOf(bars)
    .map((one): SeriesStarts => Object.assign({}, one, { starts: startsOf(one.bars) }))
    .sort((left, right) => (left.symbol < right.symbol ? -1 : 1))
  return series.map((one) => {
    const alike = series.filter(({ symbol }) => isCrypto(symbol) === isCrypto(one.symbol))
    return seriesGaps(one, reach(alike), calendar)
  })
}

interface SeriesStarts {
  readonly symbol: string
  readonly timeframe: Timeframe
  /** Ascending. */
  readonly starts: Float64Array
}

interface Reach {
  readonly first: EpochMs
  readonly last: EpochMs
}

/** From where to where the bars of some series reach. */
function reach(series: readonly SeriesStarts[]): Reach {
  return {
    first: asEpochMs(Math.min(...series.map(({ starts }) => starts[0] ?? Number.POSITIVE_INFINITY))),
    last: asEpochMs(Math.max(...series.map(({ starts }) => starts.at(-1) ?? Number.NEGATIVE_INFINITY))),
  }
}

function seriesGaps(series: SeriesStarts, { first, last }: Reach, calendar: ExchangeCalendar): SeriesGaps {
  const { symbol, timeframe, starts: found } = series
  const head = { symbol, timeframe: timeframe.name, bars: found.length }
  if (isDaily(timeframe) && timeframe.name !== ONE_DAY.name) {
    return { ...head, expected: found.length, gaps: [], outside: 0, earlyCloses: [] }
  }
  const there: ReadonlySet<number> = new Set(found)
  const own = reach([series])
  const gaps: Gap[] = []
  const earlyCloses: string[] = []
  let expected = 0
  let inSessions = 0
  for (let day = Math.floor(first / DAY) * DAY; day <= last; day += DAY) {
    const date = dateOf(asEpochMs(day))
    const session = calendar.sessionOn(symbol, date)
    if (session === null) continue
    if (session.closesAt - session.opensAt < REGULAR_MS) earlyCloses.push(date)
    const starts = sessionStarts(session, day, timeframe, own.first).filter((at) => at >= first && at <= last)
    const missing = starts.filter((at) => !there.has(at))
    expected += starts.length
    inSessions += starts.length - missing.length
    for (const gap of runsOf(starts, there, timeframe))
      addGap(gaps, gap, missing.length === starts.length, own)
  }
  return { ...head, expected, gaps, outside: found.length - inSessions, earlyCloses }
}

/** Where a session's bars would begin: at the file's own places, which are the clock's for most. */
function sessionStarts(session: Session, day: number, timeframe: Timeframe, anyStart: EpochMs): EpochMs[] {
  if (isDaily(timeframe)) return [asEpochMs(day)]
  const { durationMs } = timeframe
  const offset = anyStart % durationMs
  const starts: EpochMs[] = []
  const first = Math.floor((session.opensAt - offset) / durationMs) * durationMs + offset
  for (let at = first; at < session.closesAt; at += durationMs) starts.push(asEpochMs(at))
  return starts
}

/** Missing bars that follow each other, as one gap each. */
function runsOf(starts: readonly EpochMs[], there: ReadonlySet<number>, { durationMs }: Timeframe): Gap[] {
  const runs: { from: EpochMs; last: EpochMs; missing: number }[] = []
  let isOpen = false
  for (const at of starts) {
    const run = runs.at(-1)
    if (there.has(at)) isOpen = false
    else if (isOpen && run !== undefined) {
      run.last = at
      run.missing += 1
    } else {
      runs.push({ from: at, last: at, missing: 1 })
      isOpen = true
    }
  }
  return runs.map(({ from, last, missing }) => {
    return { kind: missing * durationMs >= PAUSE_MS ? 'pause' : 'bars', from, last, missing }
  })
}

/** Keeps a gap under its kind; one that goes on from the session before lengthens that one. */
function addGap(gaps: Gap[], gap: Gap, isWholeSession: boolean, own: Reach): void {
  const isOutside = gap.last < own.first || gap.from > own.last
  const outside = gap.last < own.first ? 'late' : 'vanished'
  const kind = isOutside ? outside : isWholeSession ? 'sessions' : gap.kind
  const before = gaps.at(-1)
  if (before !== undefined && before.kind === kind && kind !== 'bars' && kind !== 'pause') {
    gaps[gaps.length - 1] = { ...before, last: gap.last, missing: before.missing + gap.missing }
  } else gaps.push({ ...gap, kind })
}
