/** Signals in their JSON form (docs/architecture.md#files): a line of a file, or a record of a queue's message. */
import { NAME_PATTERN } from '../domain/patterns.ts'
import type { Signal } from '../domain/signal.ts'
import { formatInstant, parseInstant } from '../domain/time.ts'
import { decodeWith, isMap, optional, orElse, plain, scalar, text } from './codec.ts'
import { record } from './codec-records.ts'
import { symbolText } from './symbol-codec.ts'
import { type ParsedLine, parseJsonLine, readJsonLines } from './json-lines.ts'
import { formatPath } from './violations.ts'

/** In any zone, as producers write it. */
const time = scalar('an ISO-8601 time with a zone', formatInstant, (encoded) =>
  typeof encoded === 'string' ? parseInstant(encoded) : null,
)

/** DynamoDB takes 32 levels, those of the item included. */
const MOST_LEVELS = 16

/** Half a character could neither be stored nor hashed as it came, nor could what is nested without end. */
function isStorable(value: unknown, levels: number): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0) return false
  return Object.entries(value).every(
    ([name, member]) => name.isWellFormed() && isStorable(member, levels - 1),
  )
}

const signal = record<Signal>({
  eventTs: time,
  symbol: symbolText,
  timeframe: text('a timeframe such as "1Min"', NAME_PATTERN),
  seq: plain('a whole number from 0', (it) => Number.isSafeInteger(it) && Number(it) >= 0),
  source: text('a name of letters, digits, _ . and -', NAME_PATTERN),
  ingestTs: orElse(optional(time), null),
  payload: plain(
    `an object of indicators, its texts of whole characters, at most ${MOST_LEVELS} levels deep`,
    (it) => isMap(it) && isStorable(it, MOST_LEVELS),
  ),
})

/** Reads the text of one signal; `place` (`file:line`, or a message's id) starts the path of violations. */
export function parseSignalText(line: string, place: string): ParsedLine<Signal> {
  const parsed = parseJsonLine(line, place)
  return parsed.kind === 'value' ? parseSignal(parsed.value, place) : parsed
}

/** Reads one signal from its parsed JSON; all violations together. */
export function parseSignal(value: unknown, place: string): ParsedLine<Signal> {
  return decodeWith(signal, value, (path) => `${place} ${formatPath(path)}`.trimEnd())
}

/** The text of one signal, without a line's end. */
export function signalText(value: Signal): string {
  return JSON.stringify(signal.encode(value))
}

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
