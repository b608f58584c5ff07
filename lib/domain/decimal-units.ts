/**
 * Fast entry into Decimal: counts the units of 1e-8 in a JSON number or a plain decimal text as a safe
 * integer held in a double, without making a bigint or matching a pattern.
 *
 * Invariant: an answer other than NaN equals what the general path (`parseDecimal`) gives, always; NaN
 * only says that the general path must be asked (too many digits, an exponent, a near tie, not a number).
 */

const SCALE_DIGITS = 8
const SCALE = 100_000_000
/** Products of up to 15 digits stay below 2^53, where every integer is exact. */
const MAX_DIGITS = 15
/** 2^48: there the room kept around a tie is a quarter of a unit; above it, it gets too wide to be of use. */
export const LARGEST_SCALED = 2 ** 48
/** 2^-50: over twice the sum of both roundings below, relative to the scaled number. */
const RELATIVE_ERROR = 2 ** -50
const POWERS_OF_TEN = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, SCALE] as const

const MINUS = 45
const POINT = 46
const DIGIT_0 = 48
const DIGIT_9 = 57

/**
 * The units of a double's shortest decimal form, rounded half-even; NaN when the general path must tell.
 *
 * The shortest form lies within half a unit in the last place of the double, and the product is rounded
 * once more, so the scaled value is known to 2^-52 of itself. If no tie lies that close, rounding it
 * rounds the shortest form.
 */
export function unitsOfNumber(value: number): number {
  const scaled = value * SCALE
  const size = Math.abs(scaled)
  if (!(size < LARGEST_SCALED)) return Number.NaN
  const below = Math.floor(scaled)
  const rest = scaled - below
  if (Math.abs(rest - 0.5) <= size * RELATIVE_ERROR + Number.EPSILON) return Number.NaN
  return rest > 0.5 ? below + 1 : below
}

/** The units of a text such as `-12.5`; NaN when the general path must tell. */
export function unitsOfText(text: string): number {
  const length = text.length
  let index = 0
  const negative = length > 0 && text.charCodeAt(0) === MINUS
  if (negative) index = 1
  let units = 0
  let digits = 0
  let pointAt = -1
  for (; index < length; index += 1) {
    const code = text.charCodeAt(index)
    if (code >= DIGIT_0 && code <= DIGIT_9) {
      units = units * 10 + (code - DIGIT_0)
      digits += 1
    } else if (code === POINT && pointAt < 0) pointAt = digits
    else return Number.NaN
  }
  const missing = pointAt < 0 ? SCALE_DIGITS : SCALE_DIGITS - (digits - pointAt)
  if (digits === 0 || missing < 0 || digits + missing > MAX_DIGITS) return Number.NaN
  const scaled = units * (POWERS_OF_TEN[missing] ?? Number.NaN)
  return negative ? -scaled : scaled
}
