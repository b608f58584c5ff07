/** Sorting short lists: as the language's own sort, whose answer is the expected one here. */
import { describe, expect, it } from 'vitest'
import { compare, sortShort } from '../../lib/domain/compare.ts'
import { fc } from '../support/properties.ts'

interface Item {
  readonly key: number
  readonly place: number
}

const byKey = (left: Item, right: Item) => compare(left.key, right.key)

describe('short lists are sorted', () => {
  it('as by toSorted, equal ones in the order they came, up to the longest and beyond', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 }), (keys) => {
        const items = keys.map((key, place): Item => ({ key, place }))
        const expected = items.toSorted(byKey)
        expect(sortShort(items, byKey)).toEqual(expected)
      }),
    )
  })

  it('in place', () => {
    const items = [3, 1, 2]
    sortShort(items, compare)
    expect(items).toEqual([1, 2, 3])
  })
})
