/** Decimals: reading, printing and half-even arithmetic; expected values worked by hand. */
import { describe, expect, it } from 'vitest'
import { decimal, div, formatDecimal, mul, parseDecimal, round } from '../../lib/domain/decimal.ts'

describe('decimal', () => {
  it.each([
    ['0.50', '0.5'],
    ['-12.5', '-12.5'],
    ['1e-7', '0.0000001'],
    ['1.5e3', '1500'],
    ['.5', '0.5'],
    ['5.', '5'],
    // the ninth digit is rounded half-even, once
    ['0.000000005', '0'],
    ['0.000000015', '0.00000002'],
    ['0.0000000050000001', '0.00000001'],
    ['-0.000000015', '-0.00000002'],
  ])('reads %s as %s', (text, expected) => {
    expect(formatDecimal(decimal(text))).toBe(expected)
  })

  it.each(['', '.', 'x', 'NaN', 'Infinity', '1,5', '0x10', '1e', '--1'])('refuses %j', (text) => {
    expect(parseDecimal(text)).toBeNull()
  })

  it('multiplies and divides half-even', () => {
    expect(formatDecimal(mul(decimal('0.00000001'), decimal('0.5')))).toBe('0')
    expect(formatDecimal(mul(decimal('0.00000003'), decimal('0.5')))).toBe('0.00000002')
    expect(formatDecimal(div(decimal('1'), decimal('3')))).toBe('0.33333333')
    expect(formatDecimal(div(decimal('-2'), decimal('3')))).toBe('-0.66666667')
  })

  it('rounds to digits half-even', () => {
    expect(formatDecimal(round(decimal('0.12345'), 4))).toBe('0.1234')
    expect(formatDecimal(round(decimal('0.12355'), 4))).toBe('0.1236')
    expect(formatDecimal(round(decimal('-2.5'), 0))).toBe('-2')
  })
})
