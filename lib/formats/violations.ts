/**
 * Helpers for building violations: how a found value is shown, and how a failed schema becomes a list of
 * them. Schemas state what is allowed as their error text; "found" is looked up in the input.
 */
import type * as z from 'zod/mini'
import type { Violation } from '../domain/errors.ts'
import { didYouMean } from '../domain/did-you-mean.ts'

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

type Issue = z.core.$ZodIssue

/**
 * Turns the issues of a failed schema into violations. `locate` names the place of a path (`file:line`,
 * say); `fields` are the names allowed where an unknown one was found.
 */
export function schemaViolations(
  input: unknown,
  issues: readonly Issue[],
  fields: readonly string[],
  locate: (path: readonly PropertyKey[]) => string,
): Violation[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      return [violation(locate(issue.path), describeFound(valueAt(input, issue.path)), issue.message)]
    }
    return issue.keys.map((key) =>
      violation(
        locate([...issue.path, key]),
        `unknown field ${describeFound(key)}`,
        fields.join(', '),
        didYouMean(key, fields),
      ),
    )
  })
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value
}
