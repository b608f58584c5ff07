/**
 * The one codec between domain values and what they look like outside: stored items, messages, files, `--json`.
 *
 * Invariants: names are snake_case, a Decimal is its canonical text, an instant ISO-8601 UTC, and each value has
 * exactly one encoding; decoding is strict and finds all that is wrong: unknown, missing and malformed parts, each
 * with its path, what was found and what is allowed.
 */
import { type Decimal, formatDecimal, parseDecimal } from '../domain/decimal.ts'
import { InvalidValueError, type Violation } from '../domain/errors.ts'
import { parseJson } from '../domain/parse-json.ts'
import type { Json } from '../domain/signal.ts'
import { type EpochNs, formatEpochNs, parseEpochNs } from '../domain/nano-time.ts'
import { type EpochMs, formatInstant, parseInstant } from '../domain/time.ts'
import { describeFound, formatPath } from './violations.ts'

/** In the place of a value that could not be decoded: never looked at. */
type NoValue = never

/** What a value looks like outside: JSON, and bytes where the medium has them. */
export type Encoded = string | number | boolean | null | Uint8Array | readonly Encoded[] | EncodedMap

export interface EncodedMap {
  readonly [name: string]: Encoded
}

/** One thing wrong, by its path from the value that is decoded. */
export interface Fault extends Omit<Violation, 'path'> {
  readonly path: PropertyKey[]
}

export interface Encoder<T> {
  /** Undefined: left out of the record that it stands in. */
  readonly encode: (value: T) => Encoded | undefined
}

export interface Codec<T> extends Encoder<T> {
  /** Adds all that is wrong to `faults`; what is returned counts only when nothing was added. */
  readonly decode: (encoded: unknown, faults: Fault[]) => T
}

/** A record that is being made. */
export type GrowingMap = Record<string, Encoded>

export interface RecordCodec<T> extends Codec<T> {
  readonly encode: (value: T) => EncodedMap
  /** Adds the value's fields, so that a record of several parts is not copied from one to the next. */
  readonly write: (value: T, into: GrowingMap) => void
}

/** What a codec is of. */
export type ValueOf<C> = C extends Codec<infer T> ? T : never

export type FieldCodecs<T> = { readonly [Field in keyof T]-?: Codec<T[Field]> }

export type Decoded<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'invalid'; readonly violations: readonly Violation[] }

/** The value, or all that is wrong with it; `locate` names the place of a path. */
export function decodeWith<T>(
  codec: Codec<T>,
  encoded: unknown,
  locate: (path: readonly PropertyKey[]) => string = formatPath,
): Decoded<T> {
  const faults: Fault[] = []
  const value = codec.decode(encoded, faults)
  if (faults.length === 0) return { kind: 'value', value }
  const violations = faults.map(({ path, ...fault }) => Object.assign(fault, { path: locate(path) }))
  return { kind: 'invalid', violations }
}

/** As `decodeWith`, of a JSON text. */
export function decodeJson<T>(
  codec: Codec<T>,
  text: string,
  locate: (path: readonly PropertyKey[]) => string = formatPath,
): Decoded<T> {
  const parsed = parseJson(text)
  if (parsed !== undefined) return decodeWith(codec, parsed, locate)
  const violation = { path: locate([]) || '(text)', found: 'text that is not JSON', allowed: 'JSON' }
  return { kind: 'invalid', violations: [violation] }
}

/** Notes that something is wrong. What it returns stands for the value, which nobody looks at then. */
export function refuse(faults: Fault[], found: string, allowed: string, ...path: PropertyKey[]): NoValue {
  faults.push({ path, found, allowed })
  return undefined as NoValue
}

/** A value that is one part outside; null for what does not stand for one. */
export function scalar<T>(
  allowed: string,
  encode: (value: T) => Encoded,
  parse: (encoded: unknown) => T | null,
): Codec<T> {
  const decode = (encoded: unknown, faults: Fault[]): T =>
    parse(encoded) ?? refuse(faults, describeFound(encoded), allowed)
  return { encode, decode }
}

/** A value that looks outside as it is. */
export function plain<T>(allowed: string, is: (encoded: unknown) => boolean): Codec<T> {
  return {
    encode: (value) => value as Encoded,
    decode: (encoded, faults) =>
      is(encoded) ? (encoded as T) : refuse(faults, describeFound(encoded), allowed),
  }
}

/** Text, or a branded text; only what matches the pattern, if there is one. */
export function text<T extends string = string>(allowed = 'text', pattern: RegExp | null = null): Codec<T> {
  return plain(allowed, (it) => typeof it === 'string' && (pattern === null || pattern.test(it)))
}

/** One of a fixed set of texts. */
export function oneOf<const T extends string>(...allowed: readonly T[]): Codec<T> {
  return plain(allowed.join(', '), (it) => allowed.some((candidate) => candidate === it))
}

export const flag = plain<boolean>('true, false', (it) => typeof it === 'boolean')

export const finite = plain<number>('a finite number', Number.isFinite)

export const integer = plain<number>('an integer', Number.isSafeInteger)

/** Any JSON, as it is. */
export const json = <T = Json>(): Codec<T> => plain('a JSON value', isJson)

/** Money, quantities, confidence: canonical decimal text. */
export const decimalText: Codec<Decimal> = scalar('a decimal text', formatDecimal, (encoded) => {
  const value = typeof encoded === 'string' ? parseDecimal(encoded) : null
  return value !== null && formatDecimal(value) === encoded ? value : null
})

/** What `formatInstant` writes: whole seconds, or three digits of which one is not zero. */
const CANONICAL_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(?!000)\d{3})?Z$/

/** ISO-8601 UTC, as `formatInstant` writes it. */
export const instantText: Codec<EpochMs> = scalar('an ISO-8601 UTC instant', formatInstant, (encoded) =>
  typeof encoded === 'string' && CANONICAL_INSTANT.test(encoded) ? parseInstant(encoded) : null,
)

/** As `instantText`, to the nanosecond. */
export const nanoInstantText: Codec<EpochNs> = scalar('an ISO-8601 UTC instant', formatEpochNs, (encoded) => {
  const value = typeof encoded === 'string' ? parseEpochNs(encoded) : null
  return value !== null && formatEpochNs(value) === encoded ? value : null
})

/** An object that is somebody else's JSON, kept as its text: numbers and key order stay as they are. */
export function jsonText<T extends object>(): Codec<T> {
  return scalar<T>(
    'the text of a JSON object',
    (value) => JSON.stringify(value),
    (encoded) => {
      const value = typeof encoded === 'string' ? parseJson(encoded) : null
      return isMap(value) ? (value as T) : null
    },
  )
}

/** Null is left out. */
export function optional<T>(codec: Codec<T>): Codec<T | null> {
  return {
    encode: (value) => (value === null ? undefined : codec.encode(value)),
    decode: (encoded, faults) => (encoded === undefined ? null : codec.decode(encoded, faults)),
  }
}

/** Null is written. */
export function nullable<T>(codec: Codec<T>): Codec<T | null> {
  return {
    encode: (value) => (value === null ? null : codec.encode(value)),
    decode: (encoded, faults) => (encoded === null ? null : codec.decode(encoded, faults)),
  }
}

/** What people may leave out, or write as null, stands for `fallback`. */
export function orElse<T>(codec: Codec<T>, fallback: T): Codec<T> {
  return {
    ...codec,
    decode: (encoded, faults) => (encoded == null ? fallback : codec.decode(encoded, faults)),
  }
}

export function list<T>(codec: Codec<T>, allowed = 'a list'): Codec<readonly T[]> {
  return {
    encode: (values) => values.map((value) => codec.encode(value) ?? null),
    decode: (encoded, faults) => {
      if (!Array.isArray(encoded)) return refuse(faults, describeFound(encoded), allowed)
      return encoded.map((item: unknown, index) => decodePart(codec, item, index, faults))
    },
  }
}

/** A map whose names are data, such as strategy ids or symbols. */
export function mapOf<T>(codec: Codec<T>, allowed = 'a map'): Codec<Readonly<Record<string, T>>> {
  return {
    encode: (values) => {
      // the one name that would be lost on the way
      if (Object.hasOwn(values, '__proto__')) throw new InvalidValueError('__proto__ cannot be a name')
      const encoded: Record<string, Encoded> = {}
      for (const name of Object.keys(values)) encoded[name] = codec.encode(values[name] as T) ?? null
      return encoded
    },
    decode: (encoded, faults) => {
      if (!isMap(encoded)) return refuse(faults, describeFound(encoded), allowed)
      return Object.fromEntries(
        Object.entries(encoded).map(([name, value]) => [name, decodePart(codec, value, name, faults)]),
      )
    },
  }
}

/** Decodes what stands under a name or index, which what is wrong with it is told by. */
export function decodePart<T>(codec: Codec<T>, part: unknown, key: PropertyKey, faults: Fault[]): T {
  const before = faults.length
  const value = codec.decode(part, faults)
  for (let index = before; index < faults.length; index += 1) faults[index]?.path.unshift(key)
  return value
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object') return typeof value === 'string' || typeof value === 'boolean'
  return value === null || Object.values(value).every(isJson)
}
