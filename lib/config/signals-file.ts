/**
 * Reads a signals file (design section 6, "Files"): JSON lines, one signal each, as a stream, so that a
 * file may be larger than memory. Empty lines are skipped.
 */
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import type { Signal } from '../domain/signal.ts'
import { parseSignalText } from './parse-signal.ts'
import { violation } from './violations.ts'

/** A file with one mistake on every line is reported by its first ones and their number. */
const MAX_REPORTED = 20

/**
 * Yields the signals of the lines in order. After the first malformed line it yields no more, but reads on
 * to report what else is wrong. `file` is the file's name for messages.
 * @throws ConfigurationError with the first 20 violations, by `file:line`, and the number of the others.
 */
export async function* readSignals(
  lines: AsyncIterable<string> | Iterable<string>,
  file: string,
): AsyncGenerator<Signal, void, void> {
  const violations: Violation[] = []
  let unreported = 0
  let number = 0
  for await (const line of lines) {
    number += 1
    if (line.trim() === '') continue
    const parsed = parseSignalText(line, `${file}:${number}`)
    if (parsed.kind === 'signal') {
      if (violations.length === 0) yield parsed.signal
      continue
    }
    const room = MAX_REPORTED - violations.length
    violations.push(...parsed.violations.slice(0, room))
    unreported += Math.max(0, parsed.violations.length - room)
  }
  if (violations.length === 0) return
  if (unreported > 0) {
    violations.push(violation(file, `${unreported} more violations`, 'one signal per line as JSON'))
  }
  throw new ConfigurationError(`The signals file ${file}`, violations, {
    advice: 'Correct the file, one JSON object per line: event_ts, symbol, timeframe, seq, source, payload.',
  })
}
