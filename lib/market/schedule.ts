/**
 * The laptop's schedule (docs/architecture.md#time): which signals are known at which tick, and at what price
 * orders of that tick are filled. Pure: made once from the data, walked step by step by the runtime.
 *
 * Invariants: a signal's tick comes after its event; orders of a tick are filled at a price that no signal up
 * to that tick has told; steps ascend and are independent of where a run starts or ends, so a run that is
 * interrupted meets the same steps again.
 */
import type { ExchangeCalendar } from './calendar/exchange-calendar.ts'
import type { Decimal } from '../domain/decimal.ts'
import type { Signal } from '../domain/signal.ts'
import { type EpochMs, asEpochMs, formatInstant, plusSeconds } from '../domain/time.ts'
import type { Bar } from './bars.ts'
import { signalsFromBars } from './indicators.ts'
import { inferTimeframe } from './timeframe.ts'

/** By symbol. */
export type Prices = ReadonlyMap<string, Decimal>

/** One tick of the schedule and what the market does around it. */
export interface Step {
  readonly tickAt: EpochMs
  /** Appended to the log before the tick. */
  readonly signals: readonly Signal[]
  /** What orders of this tick, and resting ones, are filled at; a symbol may have none. */
  readonly fillPrices: Prices
}

/** A row of the data that falls on a day when its exchange was closed. */
export interface SkippedRow {
  readonly symbol: string
  readonly date: string
}

export interface Schedule {
  readonly steps: readonly Step[]
  readonly skipped: readonly SkippedRow[]
  /** Signals that repeat an observation of the file; each counts once. */
  readonly repeated: number
}

/** A signal with the tick that first sees it. */
export interface TimedSignal {
  readonly signal: Signal
  readonly tickAt: EpochMs
}

/** A price at which the market can be dealt with from `at` on. */
export interface Quote {
  readonly at: EpochMs
  readonly symbol: string
  readonly price: Decimal
}

/** Inclusive trading dates, `YYYY-MM-DD`; null: open-ended. */
export interface DateRange {
  readonly from: string | null
  readonly to: string | null
}

/** A tick of daily data comes this long after the session opened. */
const OPENING_DELAY_SECONDS = 60
/** A day order does not outlive its session. */
const FILL_WINDOW_MS = 43_200_000
const MINUTE = 60_000
const DAY = 86_400_000

export function dateOf(at: EpochMs): string {
  return formatInstant(at).slice(0, 10)
}

/** Rounds up to a full minute, as a schedule's ticks are. */
export function ceilToMinute(at: EpochMs): EpochMs {
  return asEpochMs(Math.ceil(at / MINUTE) * MINUTE)
}

/** One minute after the next session's open; null when the calendar ends. */
export function nextOpeningTick(calendar: ExchangeCalendar, symbol: string, after: EpochMs): EpochMs | null {
  // Crypto sessions are back to back: the next one opens at the very instant.
  const session = calendar.nextSession(symbol, asEpochMs(after - 1))
  return session === null ? null : plusSeconds(session.opensAt, OPENING_DELAY_SECONDS)
}

/** Whether the bars are of days or longer, as those of the first symbol tell. */
export function areDaily(bars: readonly Bar[]): boolean {
  const one = bars.filter((bar) => bar.symbol === bars[0]?.symbol)
  return (inferTimeframe(one)?.durationMs ?? 0) >= DAY
}

/** The schedule of bars. Indicators are warmed up on the bars before the range. */
export function scheduleBars(bars: readonly Bar[], calendar: ExchangeCalendar, range: DateRange): Schedule {
  return areDaily(bars) ? scheduleDailyBars(bars, calendar, range) : scheduleIntradayBars(bars, range)
}

/**
 * Daily bars: a bar is complete at its session's close, its tick comes one minute after the next session's
 * open, orders fill at that session's open, or its close where the data has no open.
 */
function scheduleDailyBars(bars: readonly Bar[], calendar: ExchangeCalendar, range: DateRange): Schedule {
  const sessionOf = (bar: Bar) => calendar.sessionOn(bar.symbol, dateOf(bar.startsAt))
  const traded = bars.filter((bar) => sessionOf(bar) !== null)
  const skipped = bars
    .filter((bar) => sessionOf(bar) === null && isInRange(bar.startsAt, range))
    .map((bar) => ({ symbol: bar.symbol, date: dateOf(bar.startsAt) }))
  const signals = signalsFromBars(traded, {
    eventTs: (bar, timeframe) => sessionOf(bar)?.closesAt ?? asEpochMs(bar.startsAt + timeframe.durationMs),
  }).flatMap((signal): TimedSignal[] => {
    if (!observedWithin(signal, range)) return []
    const tickAt = nextOpeningTick(calendar, signal.symbol, signal.eventTs)
    return tickAt === null ? [] : [{ signal, tickAt }]
  })
  const quotes = traded.flatMap((bar): Quote[] => {
    const session = sessionOf(bar)
    if (session === null) return []
    const at = plusSeconds(session.opensAt, OPENING_DELAY_SECONDS)
    return [{ at, symbol: bar.symbol, price: bar.open ?? bar.close }]
  })
  return { steps: makeSteps(signals, quotes), skipped, repeated: 0 }
}

/** Shorter bars: a bar is complete at its end, its tick is that minute, orders fill at the next bar's open. */
function scheduleIntradayBars(bars: readonly Bar[], range: DateRange): Schedule {
  const signals = signalsFromBars(bars)
    .filter((signal) => observedWithin(signal, range))
    .map((signal) => ({ signal, tickAt: ceilToMinute(signal.eventTs) }))
  const quotes = bars.map((bar) => ({
    at: bar.startsAt,
    symbol: bar.symbol,
    price: bar.open ?? bar.close,
  }))
  return { steps: makeSteps(signals, quotes), skipped: [], repeated: 0 }
}

/** By the date on which the observation ended; an end at midnight belongs to the day before. */
export function observedWithin(signal: Signal, range: DateRange): boolean {
  return isInRange(asEpochMs(signal.eventTs - 1), range)
}

function isInRange(at: EpochMs, { from, to }: DateRange): boolean {
  const date = dateOf(at)
  return (from === null || date >= from) && (to === null || date <= to)
}

/** One step per tick; an order of a tick gets the first quote from the tick on, if one comes before the next. */
export function makeSteps(signals: readonly TimedSignal[], quotes: readonly Quote[]): Step[] {
  const byTick = new Map<EpochMs, Signal[]>()
  for (const { signal, tickAt } of signals) {
    const own = byTick.get(tickAt)
    if (own === undefined) byTick.set(tickAt, [signal])
    else own.push(signal)
  }
  const ticks = [...byTick].sort(([left], [right]) => left - right)
  const ascending = [...quotes].sort((left, right) => left.at - right.at)
  let next = 0
  return ticks.map(([tickAt, own], index): Step => {
    const until = Math.min(ticks[index + 1]?.[0] ?? Number.POSITIVE_INFINITY, tickAt + FILL_WINDOW_MS)
    const fillPrices = new Map<string, Decimal>()
    for (let quote = ascending[next]; quote !== undefined && quote.at < until; quote = ascending[next]) {
      if (quote.at >= tickAt && !fillPrices.has(quote.symbol)) fillPrices.set(quote.symbol, quote.price)
      next += 1
    }
    return { tickAt, signals: own, fillPrices }
  })
}
