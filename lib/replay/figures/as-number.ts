/** Statistics are doubles; money never goes back from here. */
import type { Decimal } from '../../domain/decimal.ts'

const UNITS = 1e8

export function asNumber(value: Decimal): number {
  return Number(value) / UNITS
}
