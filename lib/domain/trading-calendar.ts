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

/** Crypto pairs are written with a slash, as the broker does (`BTC/USD`); they trade at all hours. */
export function isCrypto(symbol: string): boolean {
  return symbol.includes('/')
}
