/** What is wrong in a bars file, collected so that one run names all of it, by file and line. */
import { ConfigurationError, type Violation } from '../../domain/errors.ts'

/** A file of another format would otherwise report each of its lines. */
const MAX_VIOLATIONS = 20

export class BarsFileFaults {
  readonly #file: string
  readonly #violations: Violation[] = []

  constructor(file: string) {
    this.#file = file
  }

  add(line: number, column: string, found: string, allowed: string): null {
    this.#violations.push({ path: `${this.#file}:${line} ${column}`.trimEnd(), found, allowed })
    return null
  }

  /** @throws ConfigurationError with the first 20, if there is any. */
  raise(cause?: unknown): void {
    if (this.#violations.length === 0) return
    const shown = this.#violations.slice(0, MAX_VIOLATIONS)
    const more = this.#violations.length - shown.length
    if (more > 0) shown.push({ path: this.#file, found: `${more} more such fields`, allowed: 'none' })
    throw new ConfigurationError(this.#file, shown, { cause })
  }
}
