/**
 * Where the history of a series is broken, so that what came before says nothing about what comes (docs/market-data.md). Pure.
 *
 * Invariant: a break is judged from the last bar, the next one and the corporate actions between them alone, and marked on the
 * next one's signal; who folds the log finds it there and judges nothing.
 */
import type { HistoryBreak } from '../domain/history-break.ts'
import { isCrypto } from '../domain/symbol.ts'
import { asEpochMs, type EpochMs } from '../domain/time.ts'
import type { Bar } from '../market/bars.ts'
import { dayNumberOf } from '../market/calendar/nyse-days.ts'
import type { ExchangeCalendar } from '../market/calendar/exchange-calendar.ts'
import { asDouble } from '../market/decimal-double.ts'
import { isScaleJump } from '../market/scale-jumps.ts'
import { isDaily, type Timeframe } from '../market/timeframe.ts'

/** What the last bar of a series leaves to compare with. */
export interface LastBar {
  readonly endedAt: EpochMs
  readonly close: number
}

export interface BreakContext {
  readonly timeframe: Timeframe
  readonly calendar: ExchangeCalendar
  /** The exchange's day of an instant, in days since 1970-01-01. */
  readonly dayOf: (at: EpochMs) => number
  /** Of the symbol's splits (`YYYY-MM-DD`), as far as they are known. */
  readonly exDates: readonly string[]
}

/** @param endedAt when the bar ended */
export function breakBefore(
  bar: Bar,
  endedAt: EpochMs,
  last: LastBar,
  { timeframe, calendar, dayOf, exDates }: BreakContext,
): HistoryBreak | null {
  if (crossesDay(bar.symbol, endedAt, last.endedAt, dayOf)) {
    const [before, day] = [dayOf(asEpochMs(last.endedAt - 1)), dayOf(asEpochMs(endedAt - 1))]
    const isExDate = (date: string) => dayNumberOf(date) > before && dayNumberOf(date) <= day
    const ratio = asDouble(bar.open ?? bar.close) / last.close
    if (exDates.some(isExDate) || isScaleJump(ratio)) return 'split'
  }
  if (isDaily(timeframe)) return null
  const session = calendar.nextSession(bar.symbol, last.endedAt)
  return session !== null && session.closesAt <= bar.startsAt ? 'gap' : null
}

/** Whether the next bar of a share is of a later day, so that a split may lie between. */
export function crossesDay(
  symbol: string,
  endedAt: EpochMs,
  lastEnd: EpochMs,
  dayOf: (at: EpochMs) => number,
): boolean {
  return !isCrypto(symbol) && dayOf(asEpochMs(endedAt - 1)) > dayOf(asEpochMs(lastEnd - 1))
}
