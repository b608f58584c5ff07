/**
 * Codecs between domain values and stored attributes: the one place that knows how a Decimal, an instant
 * or a missing value is written.
 *
 * Invariants: decoding is strict (unknown, missing or malformed attributes are a StateError that names the
 * path), each value has exactly one encoding, and a null is stored by leaving its attribute out.
 */
import { type Decimal, formatDecimal, parseDecimal } from '../domain/decimal.ts'
import { InvalidValueError, StateError } from '../domain/errors.ts'
import { type EpochMs, formatInstant, parseInstant } from '../domain/time.ts'

/** What an attribute can hold, as `marshall` and `unmarshall` see it. */
export type Attribute =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | readonly Attribute[]
  | { readonly [name: string]: Attribute }

export interface Codec<T> {
  readonly encode: (value: T) => Attribute
  /** `path` names the attribute in errors. @throws StateError */
  readonly decode: (attribute: unknown, path: string) => T
}

export interface RecordCodec<T> extends Codec<T> {
  readonly encode: (value: T) => { readonly [name: string]: Attribute }
}

export type FieldCodecs<T> = { readonly [Field in keyof T]-?: Codec<T[Field]> }

/** The error for an attribute that is not what it must be. */
export function malformed(path: string, allowed: string, found: unknown): StateError {
  const shown = JSON.stringify(found)?.slice(0, 80) ?? 'nothing'
  return new StateError(`stored state is corrupted: ${path}: found ${shown}, allowed: ${allowed}`)
}

function scalar<T>(
  allowed: string,
  encode: (value: T) => Attribute,
  parse: (attribute: unknown) => T | null,
): Codec<T> {
  const decode = (attribute: unknown, path: string): T => {
    const value = parse(attribute)
    if (value === null) throw malformed(path, allowed, attribute)
    return value
  }
  return { encode, decode }
}

/** Text, or a branded text. */
export function text<T extends string = string>(): Codec<T> {
  return scalar<T>(
    'text',
    (value) => value,
    (attribute) => (typeof attribute === 'string' ? (attribute as T) : null),
  )
}

/** One of a fixed set of texts. */
export function oneOf<const T extends string>(...allowed: readonly T[]): Codec<T> {
  return scalar<T>(
    allowed.join(', '),
    (value) => value,
    (attribute) => allowed.find((candidate) => candidate === attribute) ?? null,
  )
}

export const flag: Codec<boolean> = scalar(
  'true or false',
  (value) => value,
  (attribute) => (typeof attribute === 'boolean' ? attribute : null),
)

export const finite: Codec<number> = scalar(
  'a finite number',
  (value) => value,
  (attribute) => (typeof attribute === 'number' && Number.isFinite(attribute) ? attribute : null),
)

export const integer: Codec<number> = scalar(
  'an integer',
  (value) => value,
  (attribute) => (typeof attribute === 'number' && Number.isSafeInteger(attribute) ? attribute : null),
)

/** Money, quantities, confidence: canonical decimal text. */
export const decimalText: Codec<Decimal> = scalar('a decimal text', formatDecimal, (attribute) => {
  const value = typeof attribute === 'string' ? parseDecimal(attribute) : null
  return value !== null && formatDecimal(value) === attribute ? value : null
})

/** ISO-8601 UTC, as `formatInstant` writes it. */
export const instantText: Codec<EpochMs> = scalar('an ISO-8601 UTC instant', formatInstant, (attribute) => {
  const value = typeof attribute === 'string' ? parseInstant(attribute) : null
  return value !== null && formatInstant(value) === attribute ? value : null
})

/** An object that is somebody else's JSON, kept as its text: numbers and key order stay as they are. */
export function jsonObject<T extends object>(): Codec<T> {
  return scalar<T>(
    'the text of a JSON object',
    (value) => JSON.stringify(value),
    (attribute) => {
      const value = typeof attribute === 'string' ? parseJson(attribute) : null
      return typeof value === 'object' && !Array.isArray(value) ? (value as T | null) : null
    },
  )
}

/** Null is stored as a missing attribute. */
export function nullable<T>(codec: Codec<T>): Codec<T | null> {
  return {
    encode: (value) => (value === null ? null : codec.encode(value)),
    decode: (attribute, path) => (attribute === undefined ? null : codec.decode(attribute, path)),
  }
}

export function list<T>(codec: Codec<T>): Codec<readonly T[]> {
  return {
    encode: (values) => values.map((value) => codec.encode(value)),
    decode: (attribute, path) => {
      if (!Array.isArray(attribute)) throw malformed(path, 'a list', attribute)
      return attribute.map((item, index) => codec.decode(item, `${path}[${index}]`))
    },
  }
}

/** A map whose names are data, such as strategy ids or symbols. */
export function mapOf<T>(codec: Codec<T>): Codec<Readonly<Record<string, T>>> {
  return {
    encode: (values) => {
      // the one name that would be lost on the way
      if (Object.hasOwn(values, '__proto__')) throw new InvalidValueError('__proto__ cannot be a name')
      return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, codec.encode(value)]))
    },
    decode: (attribute, path) =>
      Object.fromEntries(
        Object.entries(attributes(attribute, path)).map(([name, value]) => [
          name,
          codec.decode(value, `${path}.${name}`),
        ]),
      ),
  }
}

/**
 * A record with the given fields and no others. A field is stored under its name in snake case, unless
 * `names` gives it another.
 */
export function record<T extends object>(
  codecs: FieldCodecs<T>,
  names: { readonly [Field in keyof T]?: string } = {},
): RecordCodec<T> {
  const fields = (Object.keys(codecs) as (keyof T & string)[]).map((field) => ({
    field,
    name: names[field] ?? snakeCase(field),
    codec: codecs[field] as Codec<T[typeof field]>,
  }))
  const known = new Set(fields.map(({ name }) => name))
  return {
    encode: (value) => {
      const encoded: Record<string, Attribute> = {}
      for (const { field, name, codec } of fields) {
        const attribute = codec.encode(value[field])
        if (attribute !== null) encoded[name] = attribute
      }
      return encoded
    },
    decode: (attribute, path) => {
      const stored = attributes(attribute, path)
      const unknown = Object.keys(stored).find((name) => !known.has(name))
      if (unknown !== undefined) throw malformed(`${path}.${unknown}`, 'no such attribute', stored[unknown])
      const decoded: Partial<T> = {}
      for (const { field, name, codec } of fields) {
        decoded[field] = codec.decode(stored[name], `${path}.${name}`)
      }
      return decoded as T
    },
  }
}

/** A codec of another type, made from one of a type that stands for it. */
export function mapped<T, Stored>(
  codec: Codec<Stored>,
  toStored: (value: T) => Stored,
  fromStored: (stored: Stored, path: string) => T,
): Codec<T> {
  return {
    encode: (value) => codec.encode(toStored(value)),
    decode: (attribute, path) => fromStored(codec.decode(attribute, path), path),
  }
}

function attributes(attribute: unknown, path: string): Record<string, unknown> {
  if (typeof attribute !== 'object' || attribute === null || Array.isArray(attribute)) {
    throw malformed(path, 'a map', attribute)
  }
  return attribute as Record<string, unknown>
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
