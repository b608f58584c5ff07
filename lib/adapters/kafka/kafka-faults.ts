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

/** What reading bytes beyond their end, or as lengths that they are not, comes to: in the client's own buffers, and in Node's. */
const READING_FAULTS: ReadonlySet<unknown> = new Set([
  'OUT_OF_BOUNDS',
  'ERR_OUT_OF_RANGE',
  'ERR_BUFFER_OUT_OF_BOUNDS',
])

/**
 * Whether the client could not read an answer. Where a partition has moved, or is not led yet, brokers since 3.7 name its
 * leader in a tagged field (https://cwiki.apache.org/confluence/display/KAFKA/KIP-951), which version 1 of the client takes
 * for something else: it fails at any of its own lines, and does not ask again who leads. Version 2 can, on Node 22 and later.
 */
export function isUnreadable(error: unknown): boolean {
  return wrapped(error).some((one) =>
    'code' in one
      ? READING_FAULTS.has(one.code)
      : // of no such number, or of what an unknown number is looked up to
        one instanceof TypeError || one instanceof RangeError,
  )
}

/** The client's own word for why. */
export function reasonOf(error: unknown): string {
  const reason = wrapped(error).at(-1)?.message ?? 'no reason is given'
  return isUnreadable(error)
    ? `an answer of its broker cannot be read, as when partitions move (${reason})`
    : reason
}
