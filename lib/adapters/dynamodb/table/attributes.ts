/**
 * Between encoded values and DynamoDB's attributes. An item's values are JSON and bytes, so this needs a few lines
 * where the SDK's general converter asks of every value what else it might be, in each call to DynamoDB.
 *
 * Invariants: what is read equals what was written; what our own items never hold (sets, numbers that a double does
 * not hold) is an error, never guessed.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { InvalidValueError } from '../../../domain/errors.ts'
import type { Encoded, EncodedMap } from '../../../formats/codec.ts'

type Attributes = Record<string, AttributeValue>

/** @throws InvalidValueError for a number that cannot be stored as it is */
export function toAttributes(values: EncodedMap): Attributes {
  const attributes: Attributes = {}
  for (const name of Object.keys(values)) {
    const value = values[name]
    if (value !== undefined) attributes[name] = toAttribute(value)
  }
  return attributes
}

/** @throws InvalidValueError for attributes that no item of ours holds */
export function fromAttributes(attributes: Attributes): EncodedMap {
  const values: Record<string, Encoded> = {}
  for (const name of Object.keys(attributes)) {
    const attribute = attributes[name]
    if (attribute !== undefined) values[name] = fromAttribute(attribute)
  }
  return values
}

function toAttribute(value: Encoded): AttributeValue {
  if (typeof value === 'string') return { S: value }
  if (typeof value === 'number') return { N: storedNumber(value) }
  if (typeof value === 'boolean') return { BOOL: value }
  if (value === null) return { NULL: true }
  if (value instanceof Uint8Array) return { B: value }
  return isList(value) ? { L: value.map(toAttribute) } : { M: toAttributes(value) }
}

function fromAttribute(attribute: AttributeValue): Encoded {
  if (attribute.S !== undefined) return attribute.S
  if (attribute.N !== undefined) return readNumber(attribute.N)
  if (attribute.M !== undefined) return fromAttributes(attribute.M)
  if (attribute.L !== undefined) return attribute.L.map(fromAttribute)
  if (attribute.BOOL !== undefined) return attribute.BOOL
  if (attribute.NULL === true) return null
  if (attribute.B !== undefined) return attribute.B
  throw new InvalidValueError(`not an attribute of ours: ${Object.keys(attribute).join()}`)
}

function storedNumber(value: number): string {
  if (Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return String(value)
  throw new InvalidValueError(`not a number that can be stored: ${value}`)
}

function readNumber(text: string): number {
  const value = Number(text)
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value
  throw new InvalidValueError(`not a number of ours: ${text}`)
}

function isList(value: readonly Encoded[] | EncodedMap): value is readonly Encoded[] {
  return Array.isArray(value)
}
