/** What a fault of Kafka's client means: it wraps errors in lists and causes, and says the reason in the innermost. */
import type { ErrorCode } from '@platformatic/kafka'

/** An error with all that it wraps, outermost first. */
function wrapped(error: unknown): Error[] {
  if (!(error instanceof Error)) return []
  const inner =
    error instanceof AggregateError ? [...(error.errors as unknown[]), error.cause] : [error.cause]
  return [error, ...inner.flatMap(wrapped)]
}

/** Whether the client calls it, or anything that it wraps, by this code. */
export function isFault(error: unknown, code: ErrorCode): boolean {
  return wrapped(error).some((one) => 'code' in one && one.code === code)
}

/**
 * Whether the client could not read an answer. Where a partition has moved, or is not led yet, brokers since 3.7 name its
 * leader in a tagged field (https://cwiki.apache.org/confluence/display/KAFKA/KIP-951), which version 1 of the client takes
 * for something else: it fails at any of its own lines, and does not ask again who leads. Version 2 can, on Node 22 and later.
 */
export function isUnreadable(error: unknown): boolean {
  return wrapped(error).some(
    (one) =>
      ('code' in one && one.code === 'OUT_OF_BOUNDS') ||
      one instanceof TypeError ||
      one instanceof RangeError,
  )
}

/** The client's own word for why. */
export function reasonOf(error: unknown): string {
  if (isUnreadable(error)) return 'an answer of its broker cannot be read; its partitions may be moving'
  return wrapped(error).at(-1)?.message ?? 'no reason is given'
}
