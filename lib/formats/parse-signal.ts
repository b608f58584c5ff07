/**
 * Reads one signal from its JSON form (docs/architecture.md#files): the same for a line of a file and a
 * message of a queue. Plain checks instead of a schema, since this runs once per signal of a replay.
 */
import type { Violation } from '../domain/errors.ts'
import type { Signal } from '../domain/signal.ts'
import { parseInstant } from '../domain/time.ts'
import { didYouMean } from '../domain/did-you-mean.ts'
import { NAME_PATTERN, SYMBOL_PATTERN } from '../domain/patterns.ts'
import { type ParsedLine, parseJsonLine } from './json-lines.ts'
import { describeFound, violation } from './violations.ts'

const FIELDS = ['event_ts', 'symbol', 'timeframe', 'seq', 'source', 'ingest_ts', 'payload']
const fieldNames: ReadonlySet<string> = new Set(FIELDS)
const INSTANT = 'an ISO-8601 time with a zone'

export type ParsedSignal = ParsedLine<Signal>

/** Reads the text of one signal; `place` (`file:line`, or a message's id) starts the path of violations. */
export function parseSignalText(text: string, place: string): ParsedSignal {
  const parsed = parseJsonLine(text, place)
  return parsed.kind === 'value' ? parseSignal(parsed.value, place) : parsed
}

/** Reads one signal from its parsed JSON; all violations together. */
export function parseSignal(value: unknown, place: string): ParsedSignal {
  if (!isObject(value)) {
    return invalid(violation(place, describeFound(value), `an object of ${FIELDS.join(', ')}`))
  }
  const { event_ts, symbol, timeframe, seq, source, ingest_ts, payload } = value
  const violations = unknownFields(value, place)
  const refuse = (field: string, allowed: string) => {
    violations.push(violation(`${place} ${field}`, describeFound(value[field]), allowed))
  }
  const eventTs = typeof event_ts === 'string' ? parseInstant(event_ts) : null
  const ingestTs = typeof ingest_ts === 'string' ? parseInstant(ingest_ts) : null
  if (eventTs === null) refuse('event_ts', INSTANT)
  if (!matches(symbol, SYMBOL_PATTERN)) refuse('symbol', 'a symbol')
  if (!matches(timeframe, NAME_PATTERN)) refuse('timeframe', 'a timeframe such as "1Min"')
  if (!isSequence(seq)) refuse('seq', 'a whole number from 0')
  if (!matches(source, NAME_PATTERN)) refuse('source', 'a name of letters, digits, _ . and -')
  if (ingestTs === null && ingest_ts !== undefined && ingest_ts !== null) refuse('ingest_ts', INSTANT)
  if (!isObject(payload)) refuse('payload', 'an object of indicators')
  if (violations.length > 0) return { kind: 'invalid', violations }
  // every field was checked above; the compiler cannot follow checks that collect instead of returning
  const signal = { eventTs, symbol, timeframe, seq, source, ingestTs, payload } as Signal
  return { kind: 'value', value: signal }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}

function isSequence(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function unknownFields(value: Record<string, unknown>, place: string): Violation[] {
  const unknown = Object.keys(value).filter((key) => !fieldNames.has(key))
  return unknown.map((key) =>
    violation(place, `unknown field ${describeFound(key)}`, FIELDS.join(', '), didYouMean(key, FIELDS)),
  )
}

function invalid(...violations: readonly Violation[]): ParsedSignal {
  return { kind: 'invalid', violations }
}
