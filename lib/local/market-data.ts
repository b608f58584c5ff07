/** Where a run's prices and signals come from (the packaged bars, a bars file or a signals file), and their schedule. */
import { formatDecimal } from '../domain/decimal.ts'
import { ConfigurationError } from '../domain/errors.ts'
import { sha256Hex } from '../domain/ids.ts'
import type { Indicator } from '../domain/indicator.ts'
import type { Signal } from '../domain/signal.ts'
import { type EpochMs, asEpochMs } from '../domain/time.ts'
import type { ExchangeCalendar } from '../market/calendar/exchange-calendar.ts'
import { dateOf, seriesOf, startsOf } from '../market/bar-series.ts'
import type { Bars } from '../market/bars.ts'
import { BARS_SOURCE } from '../market/indicators.ts'
import { packagedBars } from './packaged-bars.ts'
import {
  type DateRange,
  type KnownPrice,
  type Schedule,
  type Step,
  isDailyTimeframe,
  makeSteps,
  observedWithin,
  tickOf,
  type Quote,
} from '../market/schedule.ts'
import { scheduleBars } from '../market/schedule-bars.ts'
import { isDaily } from '../market/timeframe.ts'
import { readPrice } from '../strategy/features.ts'
import { withoutRepeats } from '../strategy/without-repeats.ts'

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
    | { readonly kind: 'bars'; readonly bars: Bars }
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
  return marketOfBars({ name: 'the packaged prices', hash: sha256Hex(rows.join('\n')), bars })
}

/** @param read the bars, what they are called in messages, and a hash of what they were read from */
export function marketOfBars({
  name,
  hash,
  bars,
}: Pick<DataDescription, 'name' | 'hash'> & { readonly bars: Bars }): MarketData {
  const series = seriesOf(bars)
  const ends = series.flatMap((one) => {
    const starts = startsOf(one.bars)
    return [starts[0] ?? 0, starts.at(-1) ?? 0].map(asEpochMs)
  })
  const daily = series.some(({ timeframe }) => isDaily(timeframe))
  return { kind: 'bars', bars, name, hash, daily, source: BARS_SOURCE, ...datesOf(ends) }
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
    daily: signals.some(({ timeframe }) => isDailyTimeframe(timeframe)),
    source,
    ...datesOf(signals.map(({ eventTs }) => eventTs)),
  }
}

/** @param own the user's indicators: they add to what bars become, not to recorded signals */
export function scheduleMarket(
  market: MarketData,
  calendar: ExchangeCalendar,
  range: DateRange,
  own: readonly Indicator[] = [],
): Schedule {
  return market.kind === 'bars'
    ? scheduleBars(market.bars, calendar, range, own)
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

/**
 * Each signal's tick comes with its event, a daily one's after the next open. Orders fill at the price that the symbol's
 * next signal of a session tells. An observation that the file repeats counts once.
 */
export function scheduleSignals(
  signals: readonly Signal[],
  calendar: ExchangeCalendar,
  range: DateRange,
): Schedule {
  const once = withoutRepeats(signals)
  const ordered = once.toSorted((left, right) => left.eventTs - right.eventTs)
  const timed = ordered
    .filter((signal) => observedWithin(signal, range))
    .flatMap((signal) => {
      const tickAt = tickOf(signal, calendar)
      return tickAt === null ? [] : [{ signal, tickAt }]
    })
  const quotes = ordered.flatMap((signal): Quote[] => {
    const { symbol, timeframe, eventTs } = signal
    const price = readPrice(signal)
    // One instant early, so that it is there for orders of the tick before, not for its own.
    const at = asEpochMs(eventTs - 1)
    const isDealtAt = isDailyTimeframe(timeframe) || calendar.sessionAt(symbol, at) !== null
    return price === null || !isDealtAt ? [] : [{ at, symbol, price }]
  })
  // what the next signal tells is all that is known of the time until then
  const steps = makeSteps(timed, quotes, Number.POSITIVE_INFINITY)
  return {
    steps,
    prices: () => pricesTold(steps),
    // they are made already
    observed: () =>
      steps.flatMap(({ signals: own }) =>
        own.map((signal) => ({ timeframe: signal.timeframe, symbol: signal.symbol, signal, count: 1 })),
      ),
    skipped: [],
    repeated: signals.length - once.length,
    jumps: [],
  }
}

function* pricesTold(steps: readonly Step[]): Generator<KnownPrice> {
  for (const { tickAt: at, signals } of steps) {
    for (const signal of signals) {
      const price = readPrice(signal)
      if (price !== null) yield { at, symbol: signal.symbol, price }
    }
  }
}
