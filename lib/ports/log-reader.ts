/** Reads what the deployed functions wrote to their logs. */
import type { FunctionName } from '../domain/deployment-parts.ts'
import type { EpochMs } from '../domain/time.ts'

export interface LogLine {
  readonly id: string
  readonly at: EpochMs
  readonly function: FunctionName
  readonly text: string
}

export interface LogReader {
  /**
   * The lines from `since` on, oldest first; only those with a text in them, if one is given, and none after `until`.
   * @throws ConfigurationError when the function has no log group
   */
  read(name: FunctionName, since: EpochMs, holding?: string, until?: EpochMs): AsyncIterable<LogLine>
}
