/** Prices as the indicators reckon with them: an average of rounded amounts is no amount, so doubles do. */
import type { Decimal } from '../domain/decimal.ts'

const UNITS = 1e8

export function asDouble(value: Decimal): number {
  return Number(value) / UNITS
}
