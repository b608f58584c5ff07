/**
 * Where flags and settings are read from (docs/architecture.md#flags): an overlay (Parameter Store, or
 * `.torghut/flags.json` on a laptop) over the environment.
 */
import type { MonotonicMs } from '../domain/time.ts'

export interface FlagReading {
  /** Names to raw values: `TRADING_ENABLED`, `accounts/<label>/TRADING_KILL_SWITCH_ENABLED`, `features/<key>`. */
  readonly values: Readonly<Record<string, string>>
  /** When the reading began. */
  readonly readAt: MonotonicMs
}

export interface FlagSource {
  /** At most `maxAgeMs` old. @throws UnavailableError when it cannot be read. */
  read(maxAgeMs: number): Promise<FlagReading>
}
