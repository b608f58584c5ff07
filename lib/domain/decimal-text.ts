/**
 * Fast way out of Decimal and of doubles, the counterpart of decimal-units.ts: canonical texts without exponent, trailing
 * zeros and a minus before nothing, without a bigint's digits or matching a pattern.
 *
 * Invariant: a text is the one that the general way (`toString` of a bigint, `toFixed` of a double) leads to, always.
 */
import { unitsOfNumber } from './decimal-units.ts'

const SCALE_DIGITS = 8
const SCALE = 100_000_000
const ZEROS = ['', '0', '00', '000', '0000', '00000', '000000', '0000000'] as const

/** The text of units of 1e-8: a whole number below LARGEST_SCALED, where the quotient below is never rounded to another whole. */
export function textOfUnits(units: number): string {
  const size = Math.abs(units)
  const whole = Math.floor(size / SCALE)
  let fraction = Math.trunc(size - whole * SCALE)
  const sign = units < 0 ? '-' : ''
  if (fraction === 0) return `${sign}${whole}`
  let digits = SCALE_DIGITS
  for (; fraction % 10 === 0; digits -= 1) fraction /= 10
  const written = `${fraction}`
  return `${sign}${whole}.${ZEROS[digits - written.length] ?? ''}${written}`
}

/** A double with at most 8 fractional digits, rounded as `toFixed` rounds its exact value. */
export function textOfNumber(value: number): string {
  // away from ties, which it leaves alone, the nearest count of units is the same for the exact value and its shortest form
  const units = unitsOfNumber(value)
  return Number.isNaN(units) ? textOfExact(value) : textOfUnits(units)
}

function textOfExact(value: number): string {
  const fixed = value.toFixed(SCALE_DIGITS).replace(/\.?0+$/, '')
  return fixed === '-0' ? '0' : fixed
}
