/** Reads a signals file (docs/architecture.md#files): JSON lines, one signal each, as a stream. */
import type { Signal } from '../domain/signal.ts'
import { readJsonLines } from './json-lines.ts'
import { parseSignalText } from './signal-codec.ts'

/**
 * Yields the signals of the lines in order; `file` is the file's name for messages.
 * @throws ConfigurationError with the first 20 violations, by `file:line`, and the number of the others.
 */
export function readSignals(
  lines: AsyncIterable<string> | Iterable<string>,
  file: string,
): AsyncGenerator<Signal, void, void> {
  return readJsonLines(lines, file, {
    subject: 'The signals file',
    allowed: 'one JSON object per line: event_ts, symbol, timeframe, seq, source, payload',
    parse: parseSignalText,
  })
}
