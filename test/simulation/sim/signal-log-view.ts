/** The checker's view of the signal table: dense positions, one per signal. */
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import type { Finding } from './execution-rules.ts'
import { number, text } from './stored.ts'

export class SignalLogView {
  readonly #ends = new Map<string, number>()
  /** Places that were never filled. */
  #empty = 0
  /** Of the last row of a source. */
  readonly #expiry = new Map<string, number>()
  readonly #positions = new Map<string, { readonly position: number; readonly expiresAt: number }>()

  /** The last position of a source. */
  end(source: string): number {
    return this.#ends.get(source) ?? 0
  }

  /** How many signals are stored, or were. */
  get stored(): number {
    return this.end('ta') - this.#empty
  }

  wrote(kind: string, item: Attributes, now: number): readonly Finding[] {
    if (kind !== 'signals') return []
    const source = text(item, 'source')
    const position = number(item, 'position')
    const id = text(item, 'signal_id')
    const found: Finding[] = []
    // a place that was reserved before all that went before expired, and was never filled, stays empty
    const isNewBeginning = position > this.end(source) && (this.#expiry.get(source) ?? Infinity) <= now
    if (position !== this.end(source) + 1 && !isNewBeginning) {
      found.push(['signal-log', `row ${position} was put after row ${this.end(source)}`])
    }
    const before = this.#positions.get(id)
    if (before !== undefined && before.expiresAt > now) {
      found.push(['signal-log', `one signal at ${before.position} and ${position}`])
    }
    this.#positions.set(id, { position, expiresAt: number(item, 'expires_at') * 1000 })
    if (isNewBeginning) this.#empty += position - this.end(source) - 1
    this.#expiry.set(source, number(item, 'expires_at') * 1000)
    this.#ends.set(source, Math.max(position, this.end(source)))
    return found
  }
}
