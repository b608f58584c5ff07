/** The checker's view of the signal table: dense positions, one per signal. */
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import type { Finding } from './execution-rules.ts'
import { number, text } from './stored.ts'

export class SignalLogView {
  readonly #ends = new Map<string, number>()
  readonly #positions = new Map<string, { readonly position: number; readonly expiresAt: number }>()

  /** The last position of a source. */
  end(source: string): number {
    return this.#ends.get(source) ?? 0
  }

  wrote(kind: string, item: Attributes, now: number): readonly Finding[] {
    if (kind !== 'signals') return []
    const source = text(item, 'source')
    const position = number(item, 'position')
    const id = text(item, 'signal_id')
    const found: Finding[] = []
    if (position !== this.end(source) + 1) {
      found.push(['signal-log', `row ${position} was put after row ${this.end(source)}`])
    }
    const before = this.#positions.get(id)
    if (before !== undefined && before.expiresAt > now) {
      found.push(['signal-log', `one signal at ${before.position} and ${position}`])
    }
    this.#positions.set(id, { position, expiresAt: number(item, 'expires_at') * 1000 })
    this.#ends.set(source, Math.max(position, this.end(source)))
    return found
  }
}
