/** The checker's view of the signal table: dense positions, one per signal. */
import type { Attributes } from '../../support/simulated-dynamodb/evaluate.ts'
import type { Finding } from './execution-rules.ts'
import { number, text } from './stored.ts'

export class SignalLogView {
  readonly #ends = new Map<string, number>()
  /** Of the last row of a source. */
  readonly #expiry = new Map<string, number>()
  /** When each reservation expires, by source and position. */
  readonly #reserved = new Map<string, number>()
  /** When each row was put, by source and position. */
  readonly #appended = new Map<string, number>()
  readonly #positions = new Map<string, { readonly position: number; readonly expiresAt: number }>()
  /** When each signal's last row expires, by its producer's sequence number. */
  readonly #stored = new Map<number, number>()

  /** The last position of a source. */
  end(source: string): number {
    return this.#ends.get(source) ?? 0
  }

  /** When the row was put; null: before anybody looked. */
  appendedAt(source: string, position: number): number | null {
    return this.#appended.get(`${source}#${position}`) ?? null
  }

  /** Whether a signal is stored, or was since the log last forgot what had expired. */
  has(sequence: number): boolean {
    return this.#stored.has(sequence)
  }

  /** Rows that have expired are gone. */
  forgetExpired(now: number): void {
    for (const [sequence, expiresAt] of this.#stored) if (expiresAt <= now) this.#stored.delete(sequence)
  }

  wrote(kind: string, item: Attributes, now: number): readonly Finding[] {
    if (kind === 'high_water') this.#reserves(item)
    if (kind !== 'signals') return []
    const source = text(item, 'source')
    const position = number(item, 'position')
    const id = text(item, 'signal_id')
    const expiresAt = number(item, 'expires_at') * 1000
    const found: Finding[] = []
    const end = this.end(source)
    // One place that was reserved before all that went before expired, and was never filled, stays empty. Never two: the
    // mark rises over an empty place only when its reservation has expired, and the next reservation is a new one.
    const emptyUntil = this.#reserved.get(`${source}#${end + 1}`) ?? this.#expiry.get(source) ?? Infinity
    const isNewBeginning = position === end + 2 && emptyUntil <= now
    if (position !== end + 1 && !isNewBeginning) {
      found.push(['signal-log', `row ${position} was put after row ${end}`])
    }
    const before = this.#positions.get(id)
    if (before !== undefined && before.expiresAt > now) {
      found.push(['signal-log', `one signal at ${before.position} and ${position}`])
    }
    this.#positions.set(id, { position, expiresAt })
    this.#stored.set(number(item, 'seq'), expiresAt)
    this.#appended.set(`${source}#${position}`, now)
    this.#expiry.set(source, expiresAt)
    this.#ends.set(source, Math.max(position, end))
    return found
  }

  #reserves(mark: Attributes): void {
    const place = `${text(mark, 'source')}#${number(mark, 'position')}`
    this.#reserved.set(place, number(mark, 'row_expires_at') * 1000)
  }
}
