/**
 * Where operators change flags (docs/architecture.md#flags): Parameter Store, or `.torghut/flags.json` on a
 * laptop. Names are those of a FlagReading: `TRADING_ENABLED`, `accounts/<label>/...`, `features/<key>`.
 */
export interface FlagStore {
  /** What the store is, for messages. */
  readonly place: string
  /** @throws ConfigurationError when the stored text is corrupted. @throws UnavailableError */
  readAll(): Promise<Readonly<Record<string, string>>>
  /**
   * Stores a value; other flags stay as they are, whoever else writes. Returns the value before, null when there
   * was none, undefined when it was not read: switching a kill switch on is a single write where that is safer.
   */
  write(name: string, value: string): Promise<{ readonly before: string | null | undefined }>
  /** Takes a value away, so that what lies beneath it applies. `before`: null when there was none. */
  remove(name: string): Promise<{ readonly before: string | null }>
}
