/** When orders may be sent: the exchange's sessions (docs/architecture.md#calendar). Implementations are pure. */
import type { EpochMs } from './time.ts'

export interface Session {
  readonly opensAt: EpochMs
  readonly closesAt: EpochMs
}

export interface TradingCalendar {
  /** The session of a symbol's market that holds the instant (open inclusive, close exclusive), or null. */
  sessionAt(symbol: string, at: EpochMs): Session | null
}
