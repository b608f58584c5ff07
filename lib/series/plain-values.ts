/**
 * Plain values as JSON and back: what an indicator of a user's keeps between two bars. Beside what JSON has: Decimals (bigints),
 * numbers that JSON has not, and undefined.
 *
 * Invariant: what comes back equals what went in, order of names included; what could not come back as it was (an object of a
 * class, a Map, a function) is refused.
 */
import { InvalidValueError } from '../domain/errors.ts'
import type { Json } from '../domain/signal.ts'
import { isMap } from '../formats/codec.ts'

/** Marks what is not plain JSON; an object that has such a name itself is marked as well. */
const MARK = '$'

/** @throws InvalidValueError for what could not come back, by what it is */
export function toPlainJson(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number')
    return isPlain(value) ? value : { [MARK]: 'number', value: numberText(value) }
  if (typeof value === 'bigint') return { [MARK]: 'bigint', value: String(value) }
  if (value === undefined) return { [MARK]: 'undefined' }
  if (Array.isArray(value)) return Array.from(value as readonly unknown[], toPlainJson)
  if (typeof value !== 'object' || !isPlainObject(value))
    throw new InvalidValueError(`not a plain value: ${kindOf(value)}`)
  const members = Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, toPlainJson(member)]),
  )
  return MARK in members ? { [MARK]: 'object', value: members } : members
}

export function fromPlainJson(json: Json): unknown {
  if (Array.isArray(json)) return json.map(fromPlainJson)
  if (!isMap(json)) return json
  const { [MARK]: kind, value } = json as Readonly<Record<string, Json>>
  if (kind === undefined) return members(json)
  if (kind === 'bigint') return BigInt(value as string)
  if (kind === 'number') return Number(value)
  if (kind === 'undefined') return undefined
  return members(value as Readonly<Record<string, Json>>)
}

function members(map: Readonly<Record<string, Json>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([name, member]) => [name, fromPlainJson(member)]))
}

function isPlain(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0)
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return (
    (prototype === Object.prototype || prototype === null) && Object.getOwnPropertySymbols(value).length === 0
  )
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  const { constructor } = value as { readonly constructor?: { readonly name?: string } }
  return `an object of the class ${constructor?.name ?? 'unknown'}`
}
