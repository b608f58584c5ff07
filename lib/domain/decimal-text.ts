/**
 * Fast way out of Decimal and of doubles, the counterpart of decimal-units.ts: canonical texts without exponent, trailing
 * zeros and a minus before nothing, without a bigint's digits or matching a pattern.
 *
 * Invariant: a text is the one that the general way (`toString` of a bigint, `toFixed` of a double) leads to, always.
 */
import { unitsOfNumber } from './decimal-units.ts'

const SCALE_DIGITS = 8
const SCALE = 100_000_000
const MILLION = 1_000_000
const THOUSAND = 1000
/** The eight fractional digits stand in tables, two and three and three: most of a run's texts are made of digits that no text had. */
const TWO = digitsUpTo(100)
const LAST_TWO = TWO.map(withoutZeros)
const THREE = digitsUpTo(THOUSAND)
const LAST_THREE = THREE.map(withoutZeros)

/** The text of units of 1e-8: a whole number below LARGEST_SCALED, where the quotient below is never rounded to another whole. */
export function textOfUnits(units: number): string {
  const size = Math.abs(units)
  const whole = Math.floor(size / SCALE)
  const fraction = Math.trunc(size - whole * SCALE)
  const sign = units < 0 ? '-' : ''
  if (fraction === 0) return `${sign}${whole}`
  const high = Math.floor(fraction / MILLION)
  const low = fraction - high * MILLION
  const middle = Math.floor(low / THOUSAND)
  const last = low - middle * THOUSAND
  if (low === 0) return `${sign}${whole}.${LAST_TWO[high] ?? ''}`
  const rest = last === 0 ? (LAST_THREE[middle] ?? '') : `${THREE[middle] ?? ''}${LAST_THREE[last] ?? ''}`
  return `${sign}${whole}.${TWO[high] ?? ''}${rest}`
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

/** All numbers below a power of ten, in as many digits each. */
function digitsUpTo(end: number): readonly string[] {
  return Array.from({ length: end }, (_, value) => String(value).padStart(String(end - 1).length, '0'))
}

function withoutZeros(digits: string): string {
  return digits.replace(/0+$/, '')
}
