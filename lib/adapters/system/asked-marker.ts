/**
 * Which strategy is being asked, in memory that threads share: what the asking thread wrote stays there however it ends, and
 * another one reads it while a strategy does not come back.
 */
import type { TimedOut } from '../../domain/plan.ts'
import type { PluginWatch } from '../../ports/plugin-watch.ts'

/** A strategy that was asked last, and has not come back as far as is known. */
export interface Asked {
  readonly strategyId: string
  readonly position: number
}

const SIGNAL = 0
const STRATEGY = 1
const POSITION = 2
const STOP = 3
const WORDS = 4
const NOBODY = -1
/** More strategies than that nobody has. */
const PLACES = 2 ** 20

export function newMarker(): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)
  new Int32Array(shared)[STRATEGY] = NOBODY
  return shared
}

/** The asking thread's side. `introduce` tells the other thread the strategies' ids, in the order of their places. */
export function markingWatch(
  shared: SharedArrayBuffer,
  timedOut: TimedOut,
  introduce: (strategyIds: readonly string[]) => void,
): PluginWatch & { readonly isStopped: () => boolean } {
  const words = new Int32Array(shared)
  let introduced: readonly { readonly id: string }[] | null = null
  return {
    timedOut,
    asked: words.subarray(STRATEGY, STRATEGY + 1),
    introduce: (strategies) => {
      if (introduced === strategies) return
      introduced = strategies
      introduce(strategies.map(({ id }) => id))
    },
    asking: (position) => {
      Atomics.store(words, STRATEGY, NOBODY)
      Atomics.store(words, POSITION, position)
      Atomics.add(words, SIGNAL, 1)
    },
    idle: () => void Atomics.store(words, STRATEGY, NOBODY),
    isStopped: () => Atomics.load(words, STOP) !== 0,
  }
}

/** The watching thread's side. */
export class MarkerReader {
  readonly #words: Int32Array
  #strategies: readonly string[] = []

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared)
  }

  introduced(strategyIds: readonly string[]): void {
    this.#strategies = strategyIds
  }

  /** Changes with every question; null while nobody is asked. */
  question(): number | null {
    const place = Atomics.load(this.#words, STRATEGY)
    return place === NOBODY ? null : Atomics.load(this.#words, SIGNAL) * PLACES + place
  }

  asked(): Asked | null {
    const strategyId = this.#strategies[Atomics.load(this.#words, STRATEGY)]
    return strategyId === undefined ? null : { strategyId, position: Atomics.load(this.#words, POSITION) }
  }

  /** The asking thread is to end after its present step. */
  stop(): void {
    Atomics.store(this.#words, STOP, 1)
  }
}
