/**
 * Digests of text lines: sha256 over each line and a line feed, so that the digest of a replay is what
 * `sha256sum` says of its lines as they are printed.
 */
import { createHash } from 'node:crypto'

export class LineDigest {
  readonly #hash = createHash('sha256')

  /** Adds a line, given without its line feed. */
  add(line: string): void {
    this.#hash.update(line)
    this.#hash.update('\n')
  }

  /** 64 lower-case hex characters; the digest takes no more lines then. */
  finish(): string {
    return this.#hash.digest('hex')
  }
}
