/** A trading calendar that can also be asked by date and for what comes next. Implementations are pure. */
import type { EpochMs } from '../../domain/time.ts'
import type { Session, TradingCalendar } from '../../domain/trading-calendar.ts'

export interface ExchangeCalendar extends TradingCalendar {
  /** The session of a trading date (`YYYY-MM-DD` at the exchange), or null when it is closed that day. */
  sessionOn(symbol: string, date: string): Session | null
  /** The first session that opens after the instant, or null when none is known. */
  nextSession(symbol: string, after: EpochMs): Session | null
}
