/**
 * Reads JSON lines of any kind as a stream, so that a file may be larger than memory. Empty lines are
 * skipped; a file that is not usable is reported by its first mistakes and the number of the others.
 */
import { ConfigurationError, type Violation } from '../domain/errors.ts'
import { parseJson } from '../domain/parse-json.ts'
import type { Decoded } from './codec.ts'
import { violation } from './violations.ts'

/** A file of another format would otherwise report each of its lines. */
const MAX_REPORTED = 20

export type ParsedLine<Value> = Decoded<Value>

export interface LineFormat<Value> {
  /** What the file is, for messages: `The signals file`. */
  readonly subject: string
  /** What a line must hold. */
  readonly allowed: string
  /** `place` is `file:line`. */
  readonly parse: (text: string, place: string) => ParsedLine<Value>
}

/**
 * Yields the values of the lines in order. After the first malformed line it yields no more, but reads on
 * to report what else is wrong. `file` is the file's name for messages.
 * @throws ConfigurationError with the first 20 violations, by `file:line`, and the number of the others.
 */
export async function* readJsonLines<Value>(
  lines: AsyncIterable<string> | Iterable<string>,
  file: string,
  { subject, allowed, parse }: LineFormat<Value>,
): AsyncGenerator<Value, void, void> {
  const violations: Violation[] = []
  let unreported = 0
  let number = 0
  for await (const line of lines) {
    number += 1
    if (line.trim() === '') continue
    const parsed = parse(line, `${file}:${number}`)
    if (parsed.kind === 'value') {
      if (violations.length === 0) yield parsed.value
      continue
    }
    const room = MAX_REPORTED - violations.length
    violations.push(...parsed.violations.slice(0, room))
    unreported += Math.max(0, parsed.violations.length - room)
  }
  if (violations.length === 0) return
  if (unreported > 0) violations.push(violation(file, `${unreported} more violations`, allowed))
  throw new ConfigurationError(`${subject} ${file}`, violations, {
    advice: `Correct the file: ${allowed}.`,
  })
}

/** Parses a line's JSON; a violation when it is not JSON. */
export function parseJsonLine(text: string, place: string): ParsedLine<unknown> {
  const value = parseJson(text)
  if (value !== undefined) return { kind: 'value', value }
  const shown = text.length > 60 ? `${text.slice(0, 60)}...` : text
  const found = `text that is not JSON: ${JSON.stringify(shown)}`
  return { kind: 'invalid', violations: [violation(place, found, 'a JSON object')] }
}
