/**
 * Decimal numbers for money, quantities, thresholds and confidence (docs/architecture.md#decimal).
 *
 * A Decimal is a branded bigint that counts units of 1e-8, so `+ - < >` work on it as they are.
 * Invariants: input with more than 8 fractional digits is rounded half-even once, on entry; `mul`,
 * `div` and `round` are half-even; no double ever holds an amount.
 */
import { textOfUnits } from './decimal-text.ts'
import { LARGEST_SCALED, unitsOfNumber, unitsOfText } from './decimal-units.ts'
import { InvalidValueError } from './errors.ts'

declare const decimalBrand: unique symbol
/** A decimal with 8 fractional digits, as a count of 1e-8 units. */
export type Decimal = bigint & { readonly [decimalBrand]: true }

const SCALE_DIGITS = 8
const SCALE = 100_000_000n
const DECIMAL_TEXT = /^([+-]?)(\d+)?(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/

/** Marks a count of 1e-8 units, such as the sum of two Decimals, as a Decimal. */
export function asDecimal(units: bigint): Decimal {
  return units as Decimal
}

export const ZERO = asDecimal(0n)
export const ONE = asDecimal(SCALE)

/** Divides two integers and rounds half-even. The divisor must not be zero. */
export function divideHalfEven(numerator: bigint, divisor: bigint): bigint {
  const negative = numerator < 0n !== divisor < 0n
  const top = numerator < 0n ? -numerator : numerator
  const bottom = divisor < 0n ? -divisor : divisor
  let quotient = top / bottom
  const twice = (top - quotient * bottom) * 2n
  if (twice > bottom || (twice === bottom && (quotient & 1n) === 1n)) quotient += 1n
  return negative ? -quotient : quotient
}

/** Reads a decimal from text such as `-12.5` or `1e-7`; null when it is not a finite decimal number. */
export function parseDecimal(text: string): Decimal | null {
  const units = unitsOfText(text)
  return Number.isNaN(units) ? parseGeneralDecimal(text) : asDecimal(BigInt(units))
}

/**
 * As parseDecimal, but of more than 8 fractional digits those behind are dropped (`down`), or raise the eighth (`up`):
 * the nearest would be more than there is, or less.
 */
export function parseDecimalTowards(text: string, towards: 'down' | 'up'): Decimal | null {
  const [, kept, dropped = ''] = /^(-?\d*\.\d{8})(\d+)$/.exec(text) ?? []
  const value = parseDecimal(kept ?? text)
  if (value === null || towards === 'down' || !/[1-9]/.test(dropped)) return value
  return asDecimal(text.startsWith('-') ? value - 1n : value + 1n)
}

/** As parseDecimal, digit by digit for any length: the definition that the fast way must agree with. */
export function parseGeneralDecimal(text: string): Decimal | null {
  const match = DECIMAL_TEXT.exec(text.trim())
  if (!match) return null
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match
  if (whole === '' && fraction === '') return null
  const exponent = Number(exponentText) + SCALE_DIGITS - fraction.length
  const digits = BigInt(whole + fraction)
  const units =
    exponent >= 0 ? digits * 10n ** BigInt(exponent) : divideHalfEven(digits, 10n ** BigInt(-exponent))
  return asDecimal(sign === '-' ? -units : units)
}

/**
 * Makes a Decimal from a decimal text, a JSON number (by its shortest decimal form) or a Decimal.
 * @throws InvalidValueError when the input is not a finite decimal number.
 */
export function decimal(input: string | number | bigint): Decimal {
  if (typeof input === 'bigint') return asDecimal(input)
  const value = typeof input === 'number' ? decimalOfNumber(input) : parseDecimal(input)
  if (value === null) throw new InvalidValueError(`not a decimal number: ${JSON.stringify(input)}`)
  return value
}

/** The decimal of a JSON number, by its shortest decimal form; null when it is not finite. */
export function decimalOfNumber(value: number): Decimal | null {
  const units = unitsOfNumber(value)
  return Number.isNaN(units) ? parseGeneralDecimal(String(value)) : asDecimal(BigInt(units))
}

/** Tells whether an unknown value can be a Decimal (a bigint). */
export function isDecimal(value: unknown): value is Decimal {
  return typeof value === 'bigint'
}

/** Product, rounded half-even to 8 digits. */
export function mul(left: Decimal, right: Decimal): Decimal {
  return asDecimal(divideHalfEven(left * right, SCALE))
}

/** Quotient, rounded half-even to 8 digits. @throws InvalidValueError on division by zero. */
export function div(left: Decimal, right: Decimal): Decimal {
  if (right === 0n) throw new InvalidValueError('division by zero')
  return asDecimal(divideHalfEven(left * SCALE, right))
}

/** Rounds half-even to the given number of fractional digits (0 to 8). */
export function round(value: Decimal, digits: number): Decimal {
  const unit = 10n ** BigInt(SCALE_DIGITS - digits)
  return asDecimal(divideHalfEven(value, unit) * unit)
}

/** Rounds towards zero to a multiple of `step` (greater than zero). */
export function floorToStep(value: Decimal, step: Decimal): Decimal {
  return asDecimal((value / step) * step)
}

export function min(...values: [Decimal, ...Decimal[]]): Decimal {
  return values.reduce((least, value) => (value < least ? value : least))
}

export function max(...values: [Decimal, ...Decimal[]]): Decimal {
  return values.reduce((most, value) => (value > most ? value : most))
}

/** The canonical text of a decimal: no exponent, no trailing zeros (`-0.5`, `100`). */
export function formatDecimal(value: Decimal): string {
  const units = Number(value)
  if (Math.abs(units) < LARGEST_SCALED) return textOfUnits(units)
  const negative = value < 0n
  const digits = (negative ? -BigInt(value) : value).toString().padStart(SCALE_DIGITS + 1, '0')
  const whole = digits.slice(0, -SCALE_DIGITS)
  const fraction = digits.slice(-SCALE_DIGITS).replace(/0+$/, '')
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}
