/**
 * A paper exchange that needs no owner: never closes, fills every order at once at a given price. For tests
 * of a whole deployment against emulators, where the runtime has no hold of the exchange.
 */
import type { Decimal } from '../domain/decimal.ts'
import type { Clock } from '../ports/clock.ts'
import { PaperExchange, type PaperAccount } from './paper-exchange.ts'

export interface StandaloneOptions {
  readonly accounts: readonly PaperAccount[]
  /** What each symbol costs; others are unknown. */
  readonly prices: Readonly<Record<string, Decimal>>
  readonly clock: Clock
  /** A free one if absent. */
  readonly port?: number
  /** Without it nothing outlives the process. */
  readonly logFile?: string
}

/** Starts it on 127.0.0.1; `baseUrl` says where. @throws as PaperExchange.open does. */
export function startStandaloneExchange(options: StandaloneOptions): Promise<PaperExchange> {
  return PaperExchange.open({ ...options, alwaysOpen: true, autoFill: true })
}
