/** The attributes of items, against the SDK's own converter. */
import { isDeepStrictEqual } from 'node:util'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { fromAttributes, toAttributes } from '../../lib/adapters/dynamodb/table/attributes.ts'
import type { EncodedMap } from '../../lib/formats/codec.ts'

/** The codec refuses the one name that is lost on the way. */
const name = fc.oneof(fc.string(), fc.constant('constructor')).filter((it) => it !== '__proto__')
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
    fc.constantFrom(true, false, null, '', 0),
    fc.uint8Array({ minLength: 1, maxLength: 4 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
}))
const items = fc.dictionary(name, value, { maxKeys: 6 })

describe('attributes', () => {
  it("are what the SDK's converter makes, and come back as the same values", () => {
    fc.assert(
      fc.property(items, (item) => {
        const attributes = toAttributes(item as EncodedMap)
        const expected = marshall(item, { convertClassInstanceToMap: true })
        expect([
          isDeepStrictEqual(attributes, expected),
          isDeepStrictEqual(fromAttributes(attributes), unmarshall(expected)),
        ]).toEqual([true, true])
      }),
      { numRuns: 2000 },
    )
  })

  it.each([Number.NaN, Infinity, 2 ** 53])('refuse %s, which would not come back', (number) => {
    expect(() => toAttributes({ number })).toThrow('not a number that can be stored')
  })

  it.each([{ N: '9007199254740993' }, { SS: ['a'] }, {}])(
    'of others, such as %o, are refused',
    (attribute) => {
      expect(() => fromAttributes({ attribute: attribute as never })).toThrow(
        /not (a number|an attribute) of ours/,
      )
    },
  )
})
