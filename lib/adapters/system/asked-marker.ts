/**
 * Which plugin is being asked, in memory that threads share: what the asking thread wrote stays there however it ends, and
 * another one reads it while a plugin does not come back.
 */
import type { TimedOut } from '../../domain/plan.ts'
import type { PluginWatch } from '../../ports/plugin-watch.ts'

/** A plugin that was asked last, and has not come back as far as is known. */
export interface Asked {
  readonly strategyId: string
  readonly position: number
}

const QUESTION = 0
const STRATEGY = 1
const POSITION = 2
const STOP = 3
const WORDS = 4
/** Strategies are told apart by their place among those that were asked; their ids stand beside. */
const NOBODY = -1

export function newMarker(): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)
  new Int32Array(shared)[STRATEGY] = NOBODY
  return shared
}

/** The asking thread's side. `introduce` tells the other thread a strategy's place, before it is asked for the first time. */
export function markingWatch(
  shared: SharedArrayBuffer,
  timedOut: TimedOut,
  introduce: (strategyId: string, place: number) => void,
): PluginWatch & { readonly isStopped: () => boolean } {
  const words = new Int32Array(shared)
  const places = new Map<string, number>()
  return {
    timedOut,
    asking: (strategyId, position) => {
      let place = places.get(strategyId)
      if (place === undefined) {
        place = places.size
        places.set(strategyId, place)
        introduce(strategyId, place)
      }
      Atomics.store(words, POSITION, position)
      Atomics.store(words, STRATEGY, place)
      Atomics.add(words, QUESTION, 1)
    },
    idle: () => void Atomics.store(words, STRATEGY, NOBODY),
    isStopped: () => Atomics.load(words, STOP) !== 0,
  }
}

/** The watching thread's side. */
export class MarkerReader {
  readonly #words: Int32Array
  readonly #strategies: string[] = []

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared)
  }

  introduced(strategyId: string, place: number): void {
    this.#strategies[place] = strategyId
  }

  /** Changes with every question; null while nobody is asked. */
  question(): number | null {
    return Atomics.load(this.#words, STRATEGY) === NOBODY ? null : Atomics.load(this.#words, QUESTION)
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
