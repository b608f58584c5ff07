/**
 * The schema of a plugin's parameters: a small part of JSON Schema (https://json-schema.org/draft/2020-12/json-schema-validation),
 * checked here.
 *
 * Invariant: a keyword that is not checked is refused in the schema itself, so that none is silently without effect.
 */
import { decimalOfNumber, parseDecimal } from '../domain/decimal.ts'
import { didYouMean } from '../domain/did-you-mean.ts'
import type { Violation } from '../domain/errors.ts'
import type { Json } from '../domain/signal.ts'
import { JSON_TYPES, type JsonSchema, type JsonType } from './json-schema.ts'

const KEYWORDS = [
  'type enum minimum maximum exclusiveMinimum exclusiveMaximum format pattern items properties required',
  'additionalProperties title description default',
].flatMap((names) => names.split(' '))
/** Caps that every strategy has, whatever its plugin (docs/architecture.md#sizing). */
const OF_EVERY_STRATEGY = ['max_notional_per_trade', 'max_position_pct_equity']

/** Adds what is wrong with a schema itself. */
export function checkSchema(schema: unknown, path: string, violations: Violation[]): void {
  if (!isObject(schema)) {
    violations.push({ path, found: typeof schema, allowed: 'a JSON schema' })
    return
  }
  for (const keyword of Object.keys(schema)) {
    if (KEYWORDS.includes(keyword)) continue
    const hint = didYouMean(keyword, KEYWORDS)
    const allowed = KEYWORDS.join(', ')
    violations.push({ path: `${path}.${keyword}`, found: keyword, allowed, ...hinted(hint) })
  }
  for (const type of typesOf(schema)) {
    if (JSON_TYPES.includes(type)) continue
    violations.push({ path: `${path}.type`, found: JSON.stringify(type), allowed: JSON_TYPES.join(', ') })
  }
  const { format, pattern, items, properties = {} } = schema as JsonSchema
  if (format !== undefined && format !== 'decimal') {
    violations.push({ path: `${path}.format`, found: JSON.stringify(format), allowed: 'decimal' })
  }
  if (pattern !== undefined && !isPattern(pattern)) {
    violations.push({ path: `${path}.pattern`, found: pattern, allowed: 'a regular expression' })
  }
  if (items !== undefined) checkSchema(items, `${path}.items`, violations)
  for (const [name, inner] of Object.entries(properties)) {
    checkSchema(inner, `${path}.properties.${name}`, violations)
  }
}

/** What is wrong with a strategy's parameters by its plugin's schema. */
export function checkParams(
  schema: JsonSchema,
  params: Readonly<Record<string, Json>>,
  path: string,
): Violation[] {
  const own = Object.entries(params).filter(
    ([name]) => schema.properties?.[name] !== undefined || !OF_EVERY_STRATEGY.includes(name),
  )
  const violations: Violation[] = []
  check(schema, Object.fromEntries(own), path, violations, OF_EVERY_STRATEGY)
  return violations
}

function check(
  schema: JsonSchema,
  value: Json,
  path: string,
  violations: Violation[],
  alsoKnown: readonly string[] = [],
): void {
  const types = typesOf(schema)
  if (types.length > 0 && !types.some((type) => isOf(type, value))) {
    violations.push({ path, found: JSON.stringify(value), allowed: types.join(' or ') })
    return
  }
  const { enum: allowed, items, properties } = schema
  if (allowed !== undefined && !allowed.some((one) => JSON.stringify(one) === JSON.stringify(value))) {
    const names = allowed.filter((one) => typeof one === 'string')
    const hint = typeof value === 'string' ? didYouMean(value, names) : undefined
    const all = allowed.map((one) => JSON.stringify(one)).join(', ')
    violations.push({ path, found: JSON.stringify(value), allowed: all, ...hinted(hint) })
  }
  checkBounds(schema, value, path, violations)
  if (Array.isArray(value) && items !== undefined) {
    for (const [index, one] of value.entries()) check(items, one, `${path}[${index}]`, violations)
  }
  if (isObject(value) && properties !== undefined) checkProperties(schema, value, path, violations, alsoKnown)
}

function checkProperties(
  { properties = {}, required = [], additionalProperties = false }: JsonSchema,
  value: Readonly<Record<string, Json>>,
  path: string,
  violations: Violation[],
  alsoKnown: readonly string[],
): void {
  const known = Object.keys(properties)
  for (const [name, inner] of Object.entries(value)) {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (schema !== undefined) check(schema, inner, `${path}.${name}`, violations)
    else if (!additionalProperties) {
      const hint = didYouMean(name, [...known, ...alsoKnown])
      const allowed = [...known, ...alsoKnown].join(', ')
      violations.push({ path: `${path}.${name}`, found: JSON.stringify(name), allowed, ...hinted(hint) })
    }
  }
  for (const name of required) {
    if (!Object.hasOwn(value, name)) {
      violations.push({ path: `${path}.${name}`, found: 'nothing', allowed: 'a value: it is required' })
    }
  }
}

function checkBounds(schema: JsonSchema, value: Json, path: string, violations: Violation[]): void {
  const refuse = (allowed: string) => violations.push({ path, found: JSON.stringify(value), allowed })
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, format, pattern } = schema
  if (typeof value === 'string' && pattern !== undefined && !new RegExp(pattern, 'u').test(value)) {
    refuse(`a text like ${pattern}`)
  }
  const isDecimalText = typeof value === 'string' && format === 'decimal'
  const amount =
    typeof value === 'number' ? decimalOfNumber(value) : isDecimalText ? parseDecimal(value) : null
  if (amount === null) {
    if (isDecimalText) refuse('a decimal number as text')
    return
  }
  const unitsOf = (bound: number): bigint => decimalOfNumber(bound) ?? 0n
  if (minimum !== undefined && amount < unitsOf(minimum)) refuse(`${minimum} or more`)
  if (maximum !== undefined && amount > unitsOf(maximum)) refuse(`${maximum} or less`)
  if (exclusiveMinimum !== undefined && amount <= unitsOf(exclusiveMinimum))
    refuse(`above ${exclusiveMinimum}`)
  if (exclusiveMaximum !== undefined && amount >= unitsOf(exclusiveMaximum))
    refuse(`below ${exclusiveMaximum}`)
}

function isOf(type: JsonType, value: Json): boolean {
  if (type === 'array') return Array.isArray(value)
  if (type === 'null') return value === null
  if (type === 'object') return isObject(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}

function typesOf({ type }: JsonSchema): readonly JsonType[] {
  return type === undefined ? [] : typeof type === 'string' ? [type] : type
}

function isObject(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp
  } catch {
    return false
  }
}

function hinted(hint: string | undefined): Pick<Violation, 'didYouMean'> {
  return hint === undefined ? {} : { didYouMean: hint }
}
