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

/** The client's own word for why. */
export function reasonOf(error: unknown): string {
  return wrapped(error).at(-1)?.message ?? 'no reason is given'
}
