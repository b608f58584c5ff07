/** Decimal's fast entry and its arithmetic, against exact rational arithmetic worked out here. */
import { fc } from '../support/properties.ts'
import { describe, expect, it } from 'vitest'
import { textOfNumber } from '../../lib/domain/decimal-text.ts'
import { unitsOfNumber, unitsOfText } from '../../lib/domain/decimal-units.ts'
import {
  asDecimal,
  decimal,
  decimalOfNumber,
  div,
  formatDecimal,
  mul,
  parseDecimal,
  parseGeneralDecimal,
  round,
} from '../../lib/domain/decimal.ts'

const UNIT = 100_000_000n
const RUNS = { numRuns: 2000 }

/** Plain decimal texts of every length, so that both ways are taken. */
const decimalText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.stringMatching(/^\d{0,14}$/),
    fc.constantFrom('', '.'),
    fc.stringMatching(/^\d{0,12}$/),
  )
  .map(([sign, whole, point, fraction]) => `${sign}${whole}${point}${point === '' ? '' : fraction}`)

/** Doubles as prices and indicators have them, besides arbitrary ones; ties at the ninth digit included. */
const double = fc.oneof(
  fc.double(),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }).map((tenths) => tenths / 1e9),
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((halves) => halves * 5e-9),
  fc
    .tuple(fc.integer({ max: 99_999, min: 0 }), fc.integer({ max: 999, min: 0 }))
    .map(([a, b]) => a + b / 1000),
)

/** `value` is within half a unit of top / bottom, and even if it is exactly half a unit away. */
function isHalfEven(value: bigint, top: bigint, bottom: bigint): boolean {
  const size = bottom < 0n ? -bottom : bottom
  const distance = bottom < 0n ? value * size + top : value * size - top
  const twice = 2n * (distance < 0n ? -distance : distance)
  return twice < size || (twice === size && value % 2n === 0n)
}

const units = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }).map(asDecimal)

describe('fast way out', () => {
  it('writes a Decimal as its digits say, without zeros behind', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          units,
          units.map((value) => asDecimal(value / 10n ** 7n)),
        ),
        (value) => {
          const digits = String(value).replace('-', '').padStart(9, '0')
          const written = `${digits.slice(0, -8)}.${digits.slice(-8)}`.replace(/\.?0+$/, '')
          expect(formatDecimal(value)).toBe(value < 0n ? `-${written}` : written)
        },
      ),
      RUNS,
    )
  })

  it('writes a double as toFixed rounds it, without zeros behind', () => {
    fc.assert(
      fc.property(fc.oneof(double, fc.double({ min: -1e9, max: 1e9, noNaN: true })), (value) => {
        fc.pre(Math.abs(value) < 1e21)
        const written = value.toFixed(8).replace(/\.?0+$/, '')
        expect(textOfNumber(value)).toBe(written === '-0' ? '0' : written)
      }),
      { numRuns: 20_000 },
    )
  })
})

describe('fast entry', () => {
  it('reads texts exactly as the general path does', () => {
    fc.assert(
      fc.property(fc.oneof(decimalText, fc.string({ maxLength: 6 })), (text) => {
        expect(parseDecimal(text)).toBe(parseGeneralDecimal(text))
      }),
      RUNS,
    )
  })

  it('reads numbers exactly as the general path reads their shortest form', () => {
    fc.assert(
      fc.property(double, (value) => {
        expect(decimalOfNumber(value)).toBe(parseGeneralDecimal(String(value)))
      }),
      { numRuns: 10_000 },
    )
  })

  it('takes the fast way for prices and indicators', () => {
    expect(['453.13', '-0.46153', '57', '0.00012345'].map(unitsOfText)).toEqual([
      45_313_000_000, -46_153_000, 5_700_000_000, 12_345,
    ])
    expect([453.13, -0.46153, 57, 0.1 + 0.2].map(unitsOfNumber)).toEqual([
      45_313_000_000, -46_153_000, 5_700_000_000, 30_000_000,
    ])
  })

  it.each([
    ['a tie at the ninth digit', 5e-9],
    ['more than fits a safe integer', 1e12],
    ['what is not finite', Number.POSITIVE_INFINITY],
    ['not a number', Number.NaN],
  ])('leaves %s to the general path', (_what, value) => {
    expect(unitsOfNumber(value)).toBeNaN()
  })

  it.each(['', '.', '-', '1e5', ' 1', '+1', '0.123456789', '1234567890123456'])(
    'leaves %j to the general path',
    (text) => {
      expect(unitsOfText(text)).toBeNaN()
    },
  )
})

describe('arithmetic', () => {
  it('rounds products and quotients half-even from the exact value', () => {
    fc.assert(
      fc.property(units, units, (left, right) => {
        expect(isHalfEven(mul(left, right), left * right, UNIT)).toBe(true)
        fc.pre(right !== 0n)
        expect(isHalfEven(div(left, right), left * UNIT, right)).toBe(true)
      }),
      RUNS,
    )
  })

  it('rounds to digits half-even from the exact value', () => {
    fc.assert(
      fc.property(units, fc.integer({ min: 0, max: 8 }), (value, digits) => {
        const step = 10n ** BigInt(8 - digits)
        const rounded = round(value, digits)
        expect(rounded % step).toBe(0n)
        expect(isHalfEven(rounded / step, value, step)).toBe(true)
      }),
      RUNS,
    )
  })

  it('writes texts that read back as the same decimal', () => {
    fc.assert(
      fc.property(units, (value) => {
        expect(decimal(formatDecimal(value))).toBe(value)
      }),
      RUNS,
    )
  })
})
