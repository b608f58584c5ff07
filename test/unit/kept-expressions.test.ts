/** What dynalite's parsers make of an expression is the same, whether it was kept or not (lib/local/kept-expressions.ts). */
import type { ExpressionContext, ExpressionParser } from 'dynalite/db/conditionParser.js'
import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { keeping } from '../../lib/local/kept-expressions.ts'

type Values = Record<string, Record<string, unknown>>

const require = createRequire(import.meta.url)

/** dynalite's own, which keeps nothing. */
function parserOf(name: string): ExpressionParser['parse'] {
  const file = require.resolve(`dynalite/db/${name}.js`)
  const loaded = require.cache[file]
  Reflect.deleteProperty(require.cache, file)
  const { parse } = require(file) as ExpressionParser
  if (loaded !== undefined) require.cache[file] = loaded
  return parse
}

const named = (of: object) => Object.fromEntries(Object.keys(of).map((name) => [name, true as const]))

function outcome(
  parse: ExpressionParser['parse'],
  text: string,
  attrNames: Record<string, string>,
  attrVals: Values,
) {
  const context: ExpressionContext = {
    attrNames,
    attrVals,
    unusedAttrNames: named(attrNames),
    unusedAttrVals: named(attrVals),
    isReserved: (name) => name === 'name',
    compare: () => false,
  }
  let parsed: unknown
  try {
    parsed = parse(text, { context })
  } catch (error) {
    parsed = String(error)
  }
  return { parsed, unused: [context.unusedAttrNames, context.unusedAttrVals] }
}

const NAMES = { '#a': 'name', '#b': 'other' }
const one: Values = { ':x': { N: '1' }, ':y': { S: 'one' }, ':l': { L: [{ S: 'a' }] } }
const two: Values = { ':x': { N: '2' }, ':y': { S: 'two' }, ':l': { L: [{ S: 'b' }, { N: '3' }] } }
const three: Values = { ':x': { S: 'three' }, ':y': { N: '3' }, ':l': { M: { a: { S: 'c' } } } }

it.each([
  ['conditionParser', 'attribute_not_exists(pk)'],
  ['conditionParser', '#a = :x AND (attribute_exists(#b.deep[0]) OR NOT begins_with(sk, :y))'],
  ['conditionParser', 'pk IN (:x, :y) OR size(#b) > :x'],
  ['conditionParser', 'contains(#a, :y) AND #a <> :l'],
  ['conditionParser', 'sk BETWEEN :x AND :y'],
  ['conditionParser', 'attribute_type(#a, :y)'],
  ['conditionParser', 'constructor = :x AND __proto__ = :y'],
  ['conditionParser', 'name = :x'],
  ['conditionParser', '#none = :x'],
  ['conditionParser', '#a = :none'],
  ['conditionParser', '((#a = :x))'],
  ['conditionParser', '#a = = :x'],
  ['updateParser', 'SET #a = :x, #b.deep = if_not_exists(#b, :y), l = list_append(l, :l) REMOVE old[1]'],
  ['updateParser', 'SET n = n + :x ADD m :x DELETE s :l'],
  ['updateParser', 'SET #a = :x, #a = :y'],
  ['projectionParser', '#a, #b.deep[2], pk'],
])('%s says the same of: %s', (parser, text) => {
  const plain = parserOf(parser)
  const kept = keeping(plain)
  for (const values of [one, two, three, one, { ':x': { N: '4' } }]) {
    const said = outcome(kept, text, NAMES, values)
    expect(said).toEqual(outcome(plain, text, NAMES, values))
    spoil(said.parsed)
  }
  expect(outcome(kept, text, { '#a': 'a', '#b': 'b' }, two)).toEqual(
    outcome(plain, text, { '#a': 'a', '#b': 'b' }, two),
  )
})

/** As dynalite changes what it was given, but for the values, which are the caller's. */
function spoil(parsed: unknown): void {
  if (typeof parsed !== 'object' || parsed === null) return
  for (const list of Object.values(parsed)) if (Array.isArray(list)) list.splice(0)
}

it('parses a text once for each kind of values, and gives the values of each call', () => {
  let parsed = 0
  const plain = parserOf('conditionParser')
  const kept = keeping((text, options) => {
    parsed += 1
    return plain(text, options)
  })
  outcome(kept, '#a = :x', { '#a': 'a' }, { ':x': { N: '1' } })
  const value = { N: '2' }
  const { parsed: said } = outcome(kept, '#a = :x', { '#a': 'a' }, { ':x': value })
  expect(parsed).toBe(1)
  expect((said as { expression: { args: unknown[] } }).expression.args[1]).toBe(value)
})
