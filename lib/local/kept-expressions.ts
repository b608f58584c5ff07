/**
 * dynalite's parsers, with what they made of an expression kept: parsing the same few texts anew was a third of what a call took.
 * What comes of a text depends on it, on the names and on the types of the values alone; the values are put into a copy.
 *
 * Invariant: what is refused is parsed anew each time, and so is what is judged by the values themselves.
 */
import conditions from 'dynalite/db/conditionParser.js'
import projections from 'dynalite/db/projectionParser.js'
import updates from 'dynalite/db/updateParser.js'
import type { ExpressionContext, ExpressionParser } from 'dynalite/db/conditionParser.js'

type Parse = ExpressionParser['parse']
type Names = NonNullable<ExpressionContext['attrNames']>
type Values = NonNullable<ExpressionContext['attrVals']>

interface Kept {
  readonly parsed: unknown
  /** Under which names its values were given. */
  readonly names: ReadonlyMap<unknown, string>
  readonly usedNames: readonly string[]
  readonly usedValues: readonly string[]
}

/** More than all callers have together. */
const MOST_KEPT = 1000
const JUDGED_BY_VALUES = /between|attribute_type/i

/** Both are dynalite's own objects, of which a process has one. */
for (const parser of [conditions, projections, updates]) parser.parse = keeping(parser.parse)

export function keeping(parse: Parse): Parse {
  const known = new Map<string, Kept>()
  return (text, { context }) => {
    if (JUDGED_BY_VALUES.test(text)) return parse(text, { context })
    const { attrNames = {}, attrVals = {} } = context
    const key = keyOf(text, context, attrNames, attrVals)
    let kept = known.get(key)
    if (kept === undefined) {
      const unusedAttrNames = namesOf(attrNames)
      const unusedAttrVals = namesOf(attrVals)
      const parsed = parsedOrNull(parse, text, { ...context, unusedAttrNames, unusedAttrVals })
      const names = new Map(Object.entries(attrVals).map(([name, value]) => [value, name]))
      // one value under two names could not be told apart
      const isKeepable = parsed !== null && names.size === Object.keys(attrVals).length
      if (!isKeepable) return parse(text, { context })
      kept = {
        parsed,
        names,
        usedNames: Object.keys(attrNames).filter((name) => !(name in unusedAttrNames)),
        usedValues: Object.keys(attrVals).filter((name) => !(name in unusedAttrVals)),
      }
      if (known.size >= MOST_KEPT) known.clear()
      known.set(key, kept)
    }
    for (const name of kept.usedNames) delete context.unusedAttrNames?.[name]
    for (const name of kept.usedValues) delete context.unusedAttrVals?.[name]
    return copyWith(attrVals, kept.parsed, kept.names)
  }
}

/** Null: refused, by an error or a text. */
function parsedOrNull(parse: Parse, text: string, context: ExpressionContext): object | null {
  try {
    const parsed = parse(text, { context })
    return typeof parsed === 'object' ? parsed : null
  } catch {
    return null
  }
}

function keyOf(text: string, context: ExpressionContext, names: Names, values: Values): string {
  const types = Object.entries(values).map(([name, value]) => [name, Object.keys(value).join()])
  return JSON.stringify([text, context.isKeyCondition ?? false, Object.entries(names), types])
}

function namesOf(given: object): Record<string, true> {
  return Object.fromEntries(Object.keys(given).map((name) => [name, true]))
}

/** dynalite changes what it was given; objects without a prototype stay such, since it looks up attributes' names in them. */
function copyWith(values: Values, part: unknown, names: Kept['names']): unknown {
  if (typeof part !== 'object' || part === null) return part
  const name = names.get(part)
  if (name !== undefined) return values[name]
  if (Array.isArray(part)) return part.map((one) => copyWith(values, one, names))
  const copy = Object.create(Object.getPrototypeOf(part) as object | null) as Record<string, unknown>
  for (const [key, one] of Object.entries(part)) copy[key] = copyWith(values, one, names)
  return copy
}
