/** What comes of parameters is what dynalite's own look at their types comes to, refusals included (lib/local/checked-types.ts). */
import validations from 'dynalite/validations/index.js'
import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { checkedTypes, type ParameterTypes } from '../../lib/local/checked-types.ts'
import { fc } from '../support/properties.ts'

const require = createRequire(import.meta.url)
const OPERATIONS = ['batchGetItem', 'createTable', 'deleteItem', 'getItem', 'putItem', 'query', 'updateItem']

function typesOf(operation: string): ParameterTypes {
  return (require(`dynalite/validations/${operation}.js`) as { readonly types: ParameterTypes }).types
}

/** With the order of its names, of which dynalite's have one. */
function outcome(look: typeof checkedTypes, parameters: Record<string, unknown>, operation: string): unknown {
  try {
    return JSON.stringify(look(structuredClone(parameters), typesOf(operation)))
  } catch (error) {
    return { refused: String(error), ...(error as object) }
  }
}

const named = <Value>(value: fc.Arbitrary<Value>) =>
  fc.dictionary(fc.constantFrom('pk', 'sk', 'a', '__proto__', 'constructor'), value, { maxKeys: 3 })

/** As it should be, mostly. */
const attribute = fc.letrec((tie) => {
  const deep = tie('value')
  const odd = fc.constantFrom(null, 1, 'text', true, [], {}, { S: null }, { X: 'a' }, { S: 'a', N: '1' })
  return {
    value: fc.oneof(
      { weight: 4, arbitrary: fc.string().map((S) => ({ S })) },
      { weight: 4, arbitrary: fc.integer().map((N) => ({ N: String(N) })) },
      { weight: 2, arbitrary: fc.boolean().map((BOOL) => ({ BOOL })) },
      { weight: 1, arbitrary: fc.constant({ NULL: true }) },
      { weight: 1, arbitrary: fc.constantFrom({ B: 'AAAA' }, { B: 'AAA' }, { SS: ['a'] }) },
      { weight: 2, arbitrary: named(deep).map((M) => ({ M })) },
      { weight: 2, arbitrary: fc.array(deep, { maxLength: 3 }).map((L) => ({ L })) },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom('S', 'N', 'BOOL', 'M', 'L')
          .chain((type) => odd.map((one) => ({ [type]: one }))),
      },
      { weight: 1, arbitrary: odd },
    ),
  }
}).value

const parameters = fc.record(
  {
    TableName: fc.constantFrom<unknown>('state', 7, null),
    Item: named(attribute),
    Key: fc.oneof(named(attribute), fc.constantFrom([], 'text')),
    ExpressionAttributeValues: named(attribute),
    ExpressionAttributeNames: fc.constant({ '#a': 'a' }),
    ExclusiveStartKey: named(attribute),
    ConsistentRead: fc.constantFrom<unknown>(true, 'yes', 1),
    Limit: fc.constantFrom<unknown>(1, '1'),
    NobodyKnows: fc.constant(1),
    RequestItems: fc.record({ state: fc.record({ Keys: fc.array(named(attribute)) }) }),
  },
  { requiredKeys: [] },
)

it('says the same of whatever parameters', () => {
  fc.assert(
    fc.property(fc.constantFrom(...OPERATIONS), parameters, (operation, given) => {
      expect(outcome(checkedTypes, given, operation)).toEqual(
        outcome((own, types) => validations.checkTypes(own, types), given, operation),
      )
    }),
    { numRuns: 500 },
  )
})

it('keeps an item that is as it should be, at its place among the parameters', () => {
  const Item = { pk: { S: 'a' }, n: { N: '1' }, deep: { M: { l: { L: [{ BOOL: true }, { NULL: true }] } } } }
  const checked = checkedTypes({ ConditionExpression: 'a', Item, TableName: 'state' }, typesOf('putItem'))
  expect(checked['Item']).toBe(Item)
  expect(Object.keys(checked)).toEqual(['TableName', 'Item', 'ConditionExpression'])
})
