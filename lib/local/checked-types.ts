/**
 * dynalite's look at the types of what it is given, spared what is as it should be: of each attribute's value it makes another, and
 * looks up anew how, which was a fifth of what a call took.
 *
 * Invariant: what comes of parameters, and by which words they are refused, is what dynalite's own look comes to.
 */
import validations from 'dynalite/validations/index.js'
import { isMap } from '../formats/codec.ts'

/** What a parameter is to be, by its name. */
export type ParameterTypes = Readonly<Record<string, unknown>>

type Parameters = Record<string, unknown>

/** @param parameters are taken apart */
export function checkedTypes(parameters: Parameters, types: ParameterTypes): Parameters {
  const usual: [name: string, attributes: unknown][] = []
  for (const name of Object.keys(types)) {
    const attributes = parameters[name]
    if (!isOfAttributes(types[name]) || !areUsual(attributes)) continue
    usual.push([name, attributes])
    // so that it stands at its place
    parameters[name] = {}
  }
  const checked = validations.checkTypes(parameters, types)
  for (const [name, attributes] of usual) checked[name] = attributes
  return checked
}

function isOfAttributes(type: unknown): boolean {
  if (typeof type !== 'object' || type === null) return false
  const { type: kind, children } = type as Partial<Record<string, unknown>>
  return kind === 'Map<AttributeValue>' && children === 'AttrStruct<ValueStruct>'
}

function areUsual(attributes: unknown): boolean {
  if (!isMap(attributes)) return false
  for (const name of Object.keys(attributes)) {
    if (name === '__proto__' || !isUsual(attributes[name])) return false
  }
  return true
}

/** Whether it says one thing, of a type that is as it should be; bytes are left to dynalite. */
function isUsual(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const said = Object.keys(value)
  if (said.length !== 1) return false
  const [type = ''] = said
  const what = (value as Record<string, unknown>)[type]
  switch (type) {
    case 'S':
    case 'N':
      return typeof what === 'string'
    case 'BOOL':
    case 'NULL':
      return typeof what === 'boolean'
    case 'M':
      return areUsual(what)
    case 'L':
      return Array.isArray(what) && what.every(isUsual)
    default:
      return false
  }
}
