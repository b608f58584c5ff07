/** What is wrong in a bars file, collected so that one run names all of it, by file and line. */
import { ConfigurationError, type Violation } from '../../domain/errors.ts'

/** A file of another format would otherwise report each of its lines. */
const MAX_VIOLATIONS = 20

export class BarsFileFaults {
  readonly #file: string
  readonly #found: { readonly line: number; readonly violation: Violation }[] = []

  constructor(file: string) {
    this.#file = file
  }

  add(line: number, column: string, found: string, allowed: string): null {
    const violation = { path: `${this.#file}:${line} ${column}`.trimEnd(), found, allowed }
    this.#found.push({ line, violation })
    return null
  }

  /** @throws ConfigurationError if there is any. */
  raise(): void {
    if (this.#found.length > 0) throw this.error()
  }

  /** Of the first 20, by line. */
  error(cause?: unknown): ConfigurationError {
    const violations = this.#found.sort((left, right) => left.line - right.line).map((one) => one.violation)
    const shown = violations.slice(0, MAX_VIOLATIONS)
    const more = violations.length - shown.length
    if (more > 0) shown.push({ path: this.#file, found: `${more} more such fields`, allowed: 'none' })
    return new ConfigurationError(this.#file, shown, { cause })
  }
}
