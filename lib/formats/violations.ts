/** Helpers for building violations: how a found value and a path are shown. */
import type { Violation } from '../domain/errors.ts'

const MAX_SHOWN = 60

/** Shows a found value in a message: short, quoted, `nothing` when it is absent. */
export function describeFound(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'bigint') return String(value)
  const text = JSON.stringify(value) ?? typeof value
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text
}

/** A violation; the hint is left out when there is none. */
export function violation(path: string, found: string, allowed: string, hint?: string): Violation {
  return hint === undefined ? { path, found, allowed } : { path, found, allowed, didYouMean: hint }
}

/** Writes a path into a document as in `[2].params.rsi`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
}
