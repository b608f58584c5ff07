/**
 * Where flags and settings are read from (docs/architecture.md#flags): an overlay (Parameter Store, or
 * `.torghut/flags.json` on a laptop) over the environment.
 */
import type { Moment } from '../domain/time.ts'

export interface FlagReading {
  /** Names to raw values: `TRADING_ENABLED`, `accounts/<label>/TRADING_KILL_SWITCH_ENABLED`, `features/<key>`. */
  readonly values: Readonly<Record<string, string>>
  /** When the reading began. */
  readonly readAt: Moment
}

export interface NamedFlagReading extends FlagReading {
  /** By name, for the record: what tells this value from an earlier one under the same name. */
  readonly versions: Readonly<Record<string, string>>
}

export interface FlagSource {
  /** All of them, at most `maxAgeMs` old. @throws UnavailableError when they cannot be read. */
  read(maxAgeMs: number): Promise<FlagReading>
  /** Those of the names that are there, anew, in one request: 10 names at most. @throws as `read` */
  readNamed(names: readonly string[]): Promise<NamedFlagReading>
}
