/** Arithmetic of Decimals that plugins get beside `mul` and `div`. */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { decimal } from '../../lib/domain/decimal.ts'
import { PLUGIN_SDK } from '../../lib/strategy/sdk.ts'

const { abs, add, compare, format, neg, sqrt, sub } = PLUGIN_SDK

describe('arithmetic for plugins', () => {
  it('adds, subtracts, negates, and takes the size', () => {
    expect(add(decimal('1.5'), decimal('2'), decimal('-0.25'))).toBe(decimal('3.25'))
    expect(sub(decimal('1'), decimal('2.5'))).toBe(decimal('-1.5'))
    expect(neg(decimal('1'))).toBe(decimal('-1'))
    expect([abs(decimal('-3')), abs(decimal('3'))]).toEqual([decimal('3'), decimal('3')])
    expect(format(decimal('-0.50'))).toBe('-0.5')
  })

  it('sorts', () => {
    const values = ['3', '-1', '2'].map((text) => decimal(text))
    expect(values.toSorted(compare)).toEqual([decimal('-1'), decimal('2'), decimal('3')])
    expect(compare(1n, 1n)).toBe(0)
  })

  it.each([
    ['0', '0'],
    ['4', '2'],
    ['2', '1.41421356'],
    ['3', '1.73205081'],
    ['0.00000001', '0.0001'],
    ['1e16', '100000000'],
  ])('the square root of %s is %s', (value, root) => {
    expect(sqrt(decimal(value))).toBe(decimal(root))
  })

  it('the square root is the nearest of all Decimals', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), (value) => {
        const root = sqrt(value)
        const square = value * 4n * 10n ** 8n
        expect((2n * root + 1n) ** 2n > square).toBe(true)
        expect(root === 0n || (2n * root - 1n) ** 2n <= square).toBe(true)
      }),
    )
  })

  it('there is none of a negative number', () => {
    expect(() => sqrt(-1n)).toThrow('negative')
  })
})
