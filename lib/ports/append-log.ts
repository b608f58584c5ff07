/** An append-only log of text lines, such as a file's. */
export interface AppendLog {
  /** On return the line is stored. @throws StateError when it could not be; then nothing of it is in the log. */
  append(line: string): void
  close(): void
}

/**
 * Opens a log, making it if need be, and hands every stored line to `replay`, oldest first.
 * @throws StateError for a log that cannot be opened, or a line that `replay` throws at; it names the place
 */
export type OpenAppendLog = (replay: (line: string) => void) => AppendLog
