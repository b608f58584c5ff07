/**
 * Finds strategies whose answers depend on more than their arguments, such as a variable of their module: each signal is asked
 * about twice, and now and then once more by modules that were loaded anew and so remember nothing.
 *
 * Invariants: a seed decides at which signals modules are loaded anew; the replay itself goes on as if nobody had asked.
 */
import type { RawIntent } from '../domain/intent.ts'
import { formatDecimal } from '../domain/decimal.ts'
import type { Signal } from '../domain/signal.ts'
import type { CompiledStrategies } from '../strategy/compile.ts'
import type { SignalEvaluation } from '../strategy/signal-evaluation.ts'
import type { Replay } from './runner.ts'

/** A strategy's first signal that was answered in two ways. */
export interface Impurity {
  readonly strategyId: string
  /** What the second answer came of: the same module asked again, or one loaded anew. */
  readonly by: 'asked_again' | 'loaded_anew'
  readonly signal: Signal
  readonly answers: readonly [string, string]
}

/** Modules are loaded anew so often at first, then ever more seldom: some hundred times in a million signals. */
const FRESH_AT_FIRST = 4
const FRESH_SHARE = 10

export class PurityCheck {
  readonly #replay: Replay
  readonly #load: () => Promise<CompiledStrategies>
  readonly #random: () => number
  readonly #found = new Map<string, Impurity>()
  #signals = 0
  #nextFresh: number

  /** @param load the strategies with modules of their own, which nobody has asked yet */
  constructor(replay: Replay, load: () => Promise<CompiledStrategies>, seed: number) {
    this.#replay = replay
    this.#load = load
    this.#random = seeded(seed)
    this.#nextFresh = 1 + Math.floor(this.#random() * FRESH_AT_FIRST)
  }

  /** The signals as they are: what was said before the replay got one is compared with what the replay was told. */
  async *watch(signals: AsyncIterable<Signal>): AsyncGenerator<Signal> {
    for await (const signal of signals) {
      this.#signals += 1
      const first = this.#replay.look(signal)
      if (this.#signals >= this.#nextFresh) {
        this.#nextFresh += 1 + Math.floor(this.#random() * (FRESH_AT_FIRST + this.#signals / FRESH_SHARE))
        this.#compare(signal, first, this.#replay.look(signal, await this.#load()), 'loaded_anew')
      }
      yield signal
      const { latest } = this.#replay
      if (latest !== null) this.#compare(signal, first, latest, 'asked_again')
    }
  }

  /** By strategy. */
  found(): readonly Impurity[] {
    return [...this.#found.values()].sort((left, right) => (left.strategyId < right.strategyId ? -1 : 1))
  }

  #compare(signal: Signal, first: SignalEvaluation, second: SignalEvaluation, by: Impurity['by']): void {
    const [before, after] = [answersOf(first), answersOf(second)]
    for (const strategyId of new Set([...before.keys(), ...after.keys()])) {
      const answers = [before.get(strategyId) ?? NOTHING, after.get(strategyId) ?? NOTHING] as const
      if (answers[0] === answers[1] || this.#found.has(strategyId)) continue
      this.#found.set(strategyId, { strategyId, by, signal, answers })
    }
  }
}

const NOTHING = 'nothing'

/** In words, by strategy. */
function answersOf({ raw, errors }: SignalEvaluation): ReadonlyMap<string, string> {
  return new Map([
    ...raw.map((intent) => [intent.strategyId, inWords(intent)] as const),
    ...errors.map(({ strategyId, reason, detail }) => [strategyId, `${reason}: ${detail}`] as const),
  ])
}

function inWords({ direction, closes, targetNotional, confidence, limitPrice, explain }: RawIntent): string {
  const wish = `${closes === true ? 'close, ' : ''}${direction} ${formatDecimal(targetNotional)}`
  const limit = limitPrice === undefined || limitPrice === null ? '' : ` within ${formatDecimal(limitPrice)}`
  return `${wish}${limit} at ${formatDecimal(confidence)} (${explain.join(', ')})`
}

/** Numbers from 0 to 1 (mulberry32, https://gist.github.com/tommyettinger/46a874533244883189143505d203312c). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
