/** Where a run's prices and signals come from: the packaged bars, a bars file or a signals file. */
import { formatDecimal } from '../domain/decimal.ts'
import { ConfigurationError } from '../domain/errors.ts'
import { sha256Hex } from '../domain/ids.ts'
import type { Signal } from '../domain/signal.ts'
import type { EpochMs } from '../domain/time.ts'
import type { ExchangeCalendar } from '../market/calendar/exchange-calendar.ts'
import { type Bar, parseBars } from '../market/bars.ts'
import { inferTimeframe } from '../market/timeframe.ts'
import { packagedBars } from './packaged-bars.ts'
import { isDailyTimeframe, scheduleSignals } from './schedule-signals.ts'
import { type DateRange, type Schedule, dateOf, scheduleBars } from '../market/schedule.ts'

const DAY = 86_400_000
const BARS_SOURCE = 'ta'

interface DataDescription {
  /** For messages. */
  readonly name: string
  readonly hash: string
  readonly daily: boolean
  /** The signals' source. */
  readonly source: string
  readonly firstDate: string
  readonly lastDate: string
}

export type MarketData = DataDescription &
  (
    | { readonly kind: 'bars'; readonly bars: readonly Bar[] }
    | { readonly kind: 'signals'; readonly signals: readonly Signal[] }
  )

export function packagedMarket(): MarketData {
  const bars = packagedBars()
  const rows = bars.map((bar) =>
    [
      bar.startsAt,
      bar.symbol,
      bar.open === null ? '' : formatDecimal(bar.open),
      formatDecimal(bar.close),
    ].join(','),
  )
  return marketOfBars('the packaged prices', sha256Hex(rows.join('\n')), bars)
}

/** @throws ConfigurationError with every violation, by file and line. */
export function marketOfBarsFile(text: string, file: string): MarketData {
  return marketOfBars(file, sha256Hex(text), parseBars(text, file))
}

function marketOfBars(name: string, hash: string, bars: readonly Bar[]): MarketData {
  const one = bars.filter((bar) => bar.symbol === bars[0]?.symbol)
  const daily = (inferTimeframe(one)?.durationMs ?? 0) >= DAY
  const range = datesOf(bars.map(({ startsAt }) => startsAt))
  return { kind: 'bars', bars, name, hash, daily, source: BARS_SOURCE, ...range }
}

/** @throws ConfigurationError when the file is empty or mixes sources, since a lane reads one source. */
export function marketOfSignals(signals: readonly Signal[], file: string): MarketData {
  const sources = [...new Set(signals.map(({ source }) => source))]
  const [source] = sources
  if (source === undefined || sources.length > 1) {
    const found = source === undefined ? 'no signals' : `signals of the sources ${sources.join(', ')}`
    throw new ConfigurationError('The signals', [{ path: file, found, allowed: 'signals of one source' }])
  }
  return {
    kind: 'signals',
    signals,
    name: file,
    hash: sha256Hex(JSON.stringify(signals)),
    daily: signals.every(({ timeframe }) => isDailyTimeframe(timeframe)),
    source,
    ...datesOf(signals.map(({ eventTs }) => eventTs)),
  }
}

export function scheduleMarket(market: MarketData, calendar: ExchangeCalendar, range: DateRange): Schedule {
  return market.kind === 'bars'
    ? scheduleBars(market.bars, calendar, range)
    : scheduleSignals(market.signals, calendar, range)
}

function datesOf(instants: readonly EpochMs[]): Pick<DataDescription, 'firstDate' | 'lastDate'> {
  let first = instants[0]
  let last = first
  for (const at of instants) {
    if (first === undefined || at < first) first = at
    if (last === undefined || at > last) last = at
  }
  return {
    firstDate: first === undefined ? '' : dateOf(first),
    lastDate: last === undefined ? '' : dateOf(last),
  }
}
