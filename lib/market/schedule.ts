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
import type { Observe } from '../domain/observed-signals.ts'
import type { Signal } from '../domain/signal.ts'
import { type EpochMs, asEpochMs, plusSeconds } from '../domain/time.ts'
import { dateOf, sessionsOf } from './bar-series.ts'
import type { Bar } from './bars.ts'
import type { SkippedRow } from './indicators.ts'
import type { ScaleJump } from './scale-jumps.ts'
import { type Timeframe, isDaily } from './timeframe.ts'

/** By symbol. */
export type Prices = ReadonlyMap<string, Decimal>

/** One tick of the schedule and what the market does around it. */
export interface Step {
  readonly tickAt: EpochMs
  /** Appended to the log before the tick. */
  readonly signals: readonly Signal[]
  /** What orders of this tick, and resting ones, are filled at; a symbol may have none. */
  readonly fillPrices: Prices
  /** Those of them that are there at once: for orders that wait for none. */
  readonly promptPrices: Prices
}

/** A price that a signal tells, at the tick that first knows it. */
export interface KnownPrice {
  readonly at: EpochMs
  readonly symbol: string
  readonly price: Decimal
}

export interface Schedule {
  /** Ascending; the same in every walk. */
  readonly steps: Iterable<Step> & { readonly length: number }
  /** Ascending, too. */
  readonly prices: () => Iterable<KnownPrice>
  /** All that is observed in the steps. */
  readonly observed: Observe
  readonly skipped: readonly SkippedRow[]
  /** Signals that repeat an observation of the file; each counts once. */
  readonly repeated: number
  /** Prices that look as if their scale had changed; of bars alone. */
  readonly jumps: readonly ScaleJump[]
}

/** A signal with the tick that first sees it. */
export interface TimedSignal {
  readonly signal: Signal
  readonly tickAt: EpochMs
}

/** What says when a signal is known. */
export type Observation = Pick<Signal, 'timeframe' | 'symbol' | 'eventTs'>

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
/** Ticks are as exact as this. */
export const PROMPT_MS = MINUTE

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

/** The tick that first sees a signal: the minute it is known, or one of days or longer after the next open; null at the calendar's end. */
export function tickOf(
  { timeframe, symbol, eventTs }: Observation,
  calendar: ExchangeCalendar,
): EpochMs | null {
  return isDailyTimeframe(timeframe) ? nextOpeningTick(calendar, symbol, eventTs) : ceilToMinute(eventTs)
}

/** When a bar's open can be dealt at: its start, or a minute after its first session's open; null outside of sessions. */
export function tradableFrom(bar: Bar, timeframe: Timeframe, calendar: ExchangeCalendar): EpochMs | null {
  if (!isDaily(timeframe)) return calendar.sessionAt(bar.symbol, bar.startsAt) === null ? null : bar.startsAt
  const sessions = sessionsOf(bar, timeframe, calendar)
  return sessions === null ? null : plusSeconds(sessions.first.opensAt, OPENING_DELAY_SECONDS)
}

const DAILY_TIMEFRAME = /(day|week|month)$/i

export function isDailyTimeframe(timeframe: string): boolean {
  return DAILY_TIMEFRAME.test(timeframe)
}

/** By the date on which the observation ended; an end at midnight belongs to the day before. */
export function observedWithin({ eventTs }: Observation, range: DateRange): boolean {
  if (range.from === null && range.to === null) return true
  return isDateIn(dateOf(asEpochMs(eventTs - 1)), range)
}

export function isDateIn(date: string, { from, to }: DateRange): boolean {
  return (from === null || date >= from) && (to === null || date <= to)
}

/**
 * One step per tick; an order of a tick gets the first quote from the tick on, if one comes before the next.
 * @param promptMs how long after the tick a quote is there at once
 */
export function makeSteps(
  signals: readonly TimedSignal[],
  quotes: readonly Quote[],
  promptMs: number = PROMPT_MS,
): Step[] {
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
    const until = endOfFills(tickAt, ticks[index + 1]?.[0] ?? null)
    const first = next
    while ((ascending[next]?.at ?? until) < until) next += 1
    return stepOf({ tickAt, signals: own }, ascending.slice(first, next), promptMs)
  })
}

/** Until when orders of a tick may fill; `next` is the tick after it. */
export function endOfFills(tickAt: EpochMs, next: number | null): number {
  return Math.min(next ?? Number.POSITIVE_INFINITY, tickAt + FILL_WINDOW_MS)
}

/**
 * A tick with the first price of each symbol from it on.
 * @param quotes ascending
 * @param promptMs how long after the tick one is there at once
 */
export function stepOf(
  { tickAt, signals }: Pick<Step, 'tickAt' | 'signals'>,
  quotes: readonly Quote[],
  promptMs: number = PROMPT_MS,
): Step {
  const fillPrices = new Map<string, Decimal>()
  // most quotes are there at once: then they are the same
  let prompt: Map<string, Decimal> | null = null
  for (const { at, symbol, price } of quotes) {
    if (at < tickAt || fillPrices.has(symbol)) continue
    // quotes ascend, so that no later one is there at once either
    if (at - tickAt >= promptMs) prompt ??= new Map(fillPrices)
    fillPrices.set(symbol, price)
  }
  const promptPrices = prompt ?? fillPrices
  return { tickAt, signals, fillPrices, promptPrices }
}
