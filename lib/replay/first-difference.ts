/** Where two plain values differ first, by path: for people who are to find out why. */
import { asDecimal, formatDecimal } from '../domain/decimal.ts'

export interface Difference {
  /** Such as `decisions[0].quantity`. */
  readonly path: string
  readonly left: unknown
  readonly right: unknown
}

/** Null when they are equal. Values are plain data; bigints compare by value. */
export function firstDifference(left: unknown, right: unknown, path = ''): Difference | null {
  if (Object.is(left, right)) return null
  if (!isComposite(left) || !isComposite(right) || Array.isArray(left) !== Array.isArray(right)) {
    return { path, left, right }
  }
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const inner = Array.isArray(left) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`
    const difference = firstDifference(left[key], right[key], inner)
    if (difference !== null) return difference
  }
  return null
}

/** `quantity was "10", is "20"`; amounts are the only bigints of a plan. */
export function differenceInWords({ path, left, right }: Difference): string {
  return `${path} was ${inWords(left)}, is ${inWords(right)}`
}

function inWords(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'bigint' ? formatDecimal(asDecimal(inner)) : inner,
    ) ?? 'absent'
  )
}

function isComposite(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
