/**
 * What a plugin module's functions get, and `torghut/plugin` exports: the arithmetic of Decimal. It takes plain bigints too, in
 * units of 1e-8, as `+` and `-` of Decimals give them.
 */
import { type Decimal, decimal, div, formatDecimal, max, min, mul } from '../domain/decimal.ts'
import { abs, add, compareDecimals, neg, sqrt, sub } from '../domain/decimal-functions.ts'

export interface PluginSdk {
  /** From text, a number by its shortest form, or units. @throws for what is none */
  readonly decimal: (input: string | number | bigint) => Decimal
  /** Product and quotient, rounded half-even at the eighth digit. */
  readonly mul: (left: bigint, right: bigint) => Decimal
  readonly div: (left: bigint, right: bigint) => Decimal
  readonly min: (...values: [bigint, ...bigint[]]) => Decimal
  readonly max: (...values: [bigint, ...bigint[]]) => Decimal
  readonly add: (...values: readonly bigint[]) => Decimal
  readonly sub: (left: bigint, right: bigint) => Decimal
  readonly abs: (value: bigint) => Decimal
  readonly neg: (value: bigint) => Decimal
  /** Rounded to the nearest at the eighth digit. @throws of a negative number */
  readonly sqrt: (value: bigint) => Decimal
  /** For `sort`. */
  readonly compare: (left: bigint, right: bigint) => number
  /** `12.5` */
  readonly format: (value: bigint) => string
}

// a Decimal is a bigint; the brand is for our own code
export const PLUGIN_SDK = Object.freeze({
  decimal,
  mul,
  div,
  min,
  max,
  add,
  sub,
  abs,
  neg,
  sqrt,
  compare: compareDecimals,
  format: formatDecimal,
} as unknown as PluginSdk)
