/**
 * What came before a signal in its series (docs/architecture.md#history): the vectors that a plugin with `history` sees.
 *
 * Invariants: nothing but the signals below a position decides what is before it, whatever was known when, so that a run that
 * was interrupted sees what an undisturbed one does; no vector from before a break of the history is given beside one from behind
 * it; vectors are deeply frozen.
 */
import { InvalidValueError } from '../domain/errors.ts'
import { breakOf } from '../domain/history-break.ts'
import { sha256Hex } from '../domain/ids.ts'
import type { LoggedSignal, Signal } from '../domain/signal.ts'
import { isLater, seriesKey } from '../domain/signal-series.ts'
import { formatInstant } from '../domain/time.ts'
import { normalizeFeatures } from './features.ts'
import type { FeatureVector, PastVector } from './plugin.ts'

/** The most that a plugin may ask for. */
export const MOST_HISTORY = 500
/** How many later signals of its series may have come before a signal that still finds its history. */
export const LATE_BY = 16

/** A signal of the past; its vector is worked out when somebody looks. */
export class PastSignal {
  readonly position: number
  readonly signal: Signal
  /** Whether it is the first one behind a break of its series' history. */
  readonly beginsAnew: boolean
  #vector: PastVector | null = null
  #hash: string | null = null

  constructor({ position, signal }: Pick<LoggedSignal, 'position' | 'signal'>) {
    this.position = position
    this.signal = signal
    this.beginsAnew = breakOf(signal) !== null
  }

  get vector(): PastVector {
    return (this.#vector ??= pastVector(this.signal))
  }

  /** Of everything that a plugin can see of it. */
  get hash(): string {
    const { eventTs, ingestTs, payload } = this.signal
    return (this.#hash ??= sha256Hex(JSON.stringify([eventTs, ingestTs, payload])))
  }
}

/** The last signals of each series below a position, oldest first, by the series' key. */
export type HistoryWindows = ReadonlyMap<string, readonly PastSignal[]>

export const NO_WINDOWS: HistoryWindows = new Map()

/** Gives the `count` vectors before the signal at hand, oldest first; null when fewer are there. */
export type HistoryBefore = (count: number) => readonly PastVector[] | null

export const NO_HISTORY: HistoryBefore = (count) => (count === 0 ? NOTHING_BEFORE : null)
const NOTHING_BEFORE: readonly PastVector[] = Object.freeze([])

/** Whether a signal becomes part of the history: it has a price, under a schema that we know. */
export function countsAsPast(signal: Signal): boolean {
  return normalizeFeatures(signal).features !== null
}

/** The histories of all series while signals are evaluated one after the other. */
export class History {
  readonly #windows: HistoryWindows
  /** Null: nobody looks back so far. */
  #series: Map<string, PastSignal[]> | null = null

  constructor(windows: HistoryWindows = NO_WINDOWS) {
    this.#windows = windows
  }

  /** Adds a signal after it was evaluated; `most`: how many vectors a plugin asks for in its series. */
  add(logged: Pick<LoggedSignal, 'position' | 'signal'>, most: number): void {
    if (most === 0) return
    const key = seriesKey(logged.signal)
    const series = (this.#series ??= new Map())
    const known = series.get(key) ?? [...(this.#windows.get(key) ?? [])]
    series.set(key, known)
    appendPast(known, logged)
    const kept = most + LATE_BY
    // twice as many before any is dropped, so that dropping costs little
    if (known.length > 2 * kept) known.splice(0, known.length - kept)
  }

  before(signal: Signal): HistoryBefore {
    if (this.#series === null && this.#windows.size === 0) return NO_HISTORY
    return (count) => {
      if (count === 0) return NOTHING_BEFORE
      const key = seriesKey(signal)
      const known = this.#series?.get(key) ?? this.#windows.get(key) ?? []
      let end = known.length
      for (; end > 0; end -= 1) {
        const last = known[end - 1]
        if (last !== undefined && isLater(signal, last.signal)) break
      }
      if (end < count || known.length - end > LATE_BY) return null
      if (breakOf(signal) !== null || this.#isBroken(known, end - count, end)) return null
      return Object.freeze(known.slice(end - count, end).map(({ vector }) => vector))
    }
  }

  /** Whether any but the first one begins anew: then the first is from before a break. */
  #isBroken(known: readonly PastSignal[], first: number, end: number): boolean {
    for (let index = first + 1; index < end; index += 1) if (known[index]?.beginsAnew === true) return true
    return false
  }
}

/** Adds a signal that counts and does not come late. */
export function appendPast(series: PastSignal[], logged: Pick<LoggedSignal, 'position' | 'signal'>): void {
  const last = series.at(-1)
  if (last !== undefined && !isLater(logged.signal, last.signal)) return
  if (countsAsPast(logged.signal)) series.push(new PastSignal(logged))
}

function pastVector(signal: Signal): PastVector {
  const { features } = normalizeFeatures(signal)
  if (features === null) throw new InvalidValueError(`signal ${signal.seq} of ${signal.symbol} has no vector`)
  return new FrozenPast(features, signal)
}

class FrozenPast implements PastVector {
  readonly eventTs: string
  readonly #features: FeatureVector

  constructor(features: FeatureVector, { eventTs }: Signal) {
    this.eventTs = formatInstant(eventTs)
    this.#features = features
    Object.freeze(this)
  }

  get values(): FeatureVector['values'] {
    return this.#features.values
  }

  get custom(): FeatureVector['custom'] {
    return this.#features.custom
  }

  get bar(): FeatureVector['bar'] {
    return this.#features.bar
  }

  get hash(): string {
    return this.#features.hash
  }
}
Object.freeze(FrozenPast.prototype)
