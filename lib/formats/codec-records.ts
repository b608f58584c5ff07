/** Records of the codec: with fixed fields, of several kinds, of several schemas, and standing for something else. */
import {
  type Codec,
  type EncodedMap,
  type Fault,
  type FieldCodecs,
  type GrowingMap,
  type RecordCodec,
  decodePart,
  isMap,
  oneOf,
  refuse,
} from './codec.ts'
import { didYouMean } from '../domain/did-you-mean.ts'
import { describeFound } from './violations.ts'

export interface RecordOptions<T> {
  /** Fields that do not stand under their name in snake case. */
  readonly names?: { readonly [Field in keyof T]?: string }
  /** What it is, for messages. */
  readonly allowed?: string
  /** Somebody else's format: what is not ours in it is passed over. */
  readonly open?: boolean
}

/** A record with the given fields and no others. */
export function record<T extends object>(
  codecs: FieldCodecs<T>,
  { names = {}, allowed, open = false }: RecordOptions<NoInfer<T>> = {},
): RecordCodec<T> {
  const fields = (Object.keys(codecs) as (keyof T & string)[]).map((field) => ({
    field,
    name: names[field] ?? snakeCase(field),
    codec: codecs[field] as Codec<T[typeof field]>,
  }))
  const known = fields.map(({ name }) => name)
  const isKnown = new Set(known)
  const listed = known.join(', ')
  const write = (value: T, into: GrowingMap): void => {
    for (const { field, name, codec } of fields) {
      const part = codec.encode(value[field])
      if (part !== undefined) into[name] = part
    }
  }
  return {
    ...written(write),
    decode: (encoded, faults) => {
      if (!isMap(encoded)) return refuse(faults, describeFound(encoded), allowed ?? `an object of ${listed}`)
      const decoded: Partial<T> = {}
      for (const { field, name, codec } of fields) {
        decoded[field] = decodePart(codec, encoded[name], name, faults)
      }
      for (const name of open ? [] : Object.keys(encoded)) {
        if (!isKnown.has(name)) faults.push(unknownField(name, known))
      }
      return decoded as T
    },
  }
}

/** One of several records, told apart by their `kind`. */
export function variants<T extends { readonly kind: string }>(codecs: {
  readonly [Kind in T['kind']]: RecordCodec<Omit<Extract<T, { readonly kind: Kind }>, 'kind'>>
}): RecordCodec<T> {
  const kinds = oneOf(...(Object.keys(codecs) as T['kind'][]))
  const codecOf = (kind: T['kind']) => codecs[kind] as unknown as RecordCodec<object>
  return {
    ...written((value, into) => {
      into['kind'] = value.kind
      codecOf(value.kind).write(value, into)
    }),
    decode: (encoded, faults) => {
      const { kind: found, ...rest } = isMap(encoded) ? encoded : {}
      const before = faults.length
      const kind = decodePart(kinds, found, 'kind', faults)
      if (faults.length > before) return undefined as unknown as T
      return { kind, ...codecOf(kind).decode(rest, faults) } as unknown as T
    },
  }
}

/**
 * A record that says under `name` which schema it follows. The present one is written; what earlier releases wrote
 * is read by the codecs in `older`, by their schema.
 */
export function versioned<T>(
  name: string,
  schema: number,
  codec: RecordCodec<T>,
  older: Readonly<Record<number, Codec<T>>> = {},
): RecordCodec<T> {
  return {
    ...written((value, into) => {
      into[name] = schema
      codec.write(value, into)
    }),
    decode: (encoded, faults: Fault[]) => {
      const { [name]: found, ...rest } = isMap(encoded) ? encoded : {}
      if (found === schema) return codec.decode(rest, faults)
      const earlier = typeof found === 'number' ? older[found] : undefined
      if (earlier !== undefined) return earlier.decode(rest, faults)
      const known = [...Object.keys(older), schema].join(', ')
      return refuse(faults, describeFound(found), known, name)
    },
  }
}

/** A codec of another type, made from one of a type that stands for it. */
export function mapped<T, Stored>(
  codec: RecordCodec<Stored>,
  toStored: (value: T) => Stored,
  fromStored: (stored: Stored, faults: Fault[]) => T,
): RecordCodec<T>
export function mapped<T, Stored>(
  codec: Codec<Stored>,
  toStored: (value: T) => Stored,
  fromStored: (stored: Stored, faults: Fault[]) => T,
): Codec<T>
export function mapped<T, Stored>(
  codec: Codec<Stored> & Partial<Pick<RecordCodec<Stored>, 'write'>>,
  toStored: (value: T) => Stored,
  fromStored: (stored: Stored, faults: Fault[]) => T,
): Codec<T> {
  const { write } = codec
  return {
    encode: (value) => codec.encode(toStored(value)),
    ...(write !== undefined && {
      write: (value: T, into: GrowingMap) => write(toStored(value), into),
    }),
    decode: (encoded, faults) => {
      const before = faults.length
      const stored = codec.decode(encoded, faults)
      // `stored` is whole only when nothing was wrong with it
      return faults.length === before ? fromStored(stored, faults) : (undefined as T)
    },
  }
}

/** Both ways to encode a record, given the one that adds its fields. */
function written<T>(write: RecordCodec<T>['write']): Pick<RecordCodec<T>, 'encode' | 'write'> {
  const encode = (value: T): EncodedMap => {
    const encoded: GrowingMap = {}
    write(value, encoded)
    return encoded
  }
  return { encode, write }
}

function unknownField(name: string, known: readonly string[]): Fault {
  const hint = didYouMean(name, known)
  return {
    path: [name],
    found: `unknown field ${describeFound(name)}`,
    allowed: known.join(', '),
    ...(hint !== undefined && { didYouMean: hint }),
  }
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
