/** What a piece of work is refused for. */
import { ConfigurationError, type Violation } from '../../lib/domain/errors.ts'

/** The violations that the work is refused with; empty when it is not refused. */
export function violationsOf(work: () => unknown): readonly Violation[] {
  try {
    work()
  } catch (error) {
    return violationsIn(error)
  }
  return []
}

/** The violations of a refusal; throws what is no refusal. */
export function violationsIn(error: unknown): readonly Violation[] {
  if (error instanceof ConfigurationError) return error.violations
  throw error
}
