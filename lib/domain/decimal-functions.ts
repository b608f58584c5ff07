/** Further arithmetic of Decimals (docs/architecture.md#decimal), as plugins get it. */
import { type Decimal, asDecimal } from './decimal.ts'
import { InvalidValueError } from './errors.ts'

const SCALE = 100_000_000n

export function add(...values: readonly bigint[]): Decimal {
  return asDecimal(values.reduce((sum, value) => sum + value, 0n))
}

export function sub(left: bigint, right: bigint): Decimal {
  return asDecimal(left - right)
}

export function abs(value: bigint): Decimal {
  return asDecimal(value < 0n ? -value : value)
}

export function neg(value: bigint): Decimal {
  return asDecimal(-value)
}

/** Below zero, zero or above it, as left is less than, equal to or greater than right: for `sort`. */
export function compareDecimals(left: bigint, right: bigint): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

/** Square root, rounded to the nearest 1e-8. @throws InvalidValueError of a negative number */
export function sqrt(value: bigint): Decimal {
  if (value < 0n) throw new InvalidValueError('the square root of a negative number')
  const square = value * SCALE
  const floor = floorOfRoot(square)
  // nearer to the next one: beyond the middle, (floor + 1/2)² = floor² + floor + 1/4
  return asDecimal(square - floor * floor > floor ? floor + 1n : floor)
}

function floorOfRoot(square: bigint): bigint {
  if (square < 2n) return square
  let root = 1n << BigInt((square.toString(2).length + 1) >> 1)
  for (;;) {
    const next = (root + square / root) >> 1n
    if (next >= root) return root
    root = next
  }
}
