/** A quarantine in memory. */
import type { Quarantine, QuarantinedInput } from '../../lib/ports/quarantine.ts'

export class MemoryQuarantine implements Quarantine {
  readonly #inputs = new Map<string, QuarantinedInput>()

  put(input: QuarantinedInput): Promise<void> {
    this.#inputs.set(JSON.stringify([input.origin, input.text]), input)
    return Promise.resolve()
  }

  /** Everything that was put, in order. */
  all(): readonly QuarantinedInput[] {
    return [...this.#inputs.values()]
  }
}
