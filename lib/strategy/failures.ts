/**
 * What went wrong in strategies, for people: each message once per strategy, with its first and last signal and how often
 * it came. Never sealed, and part of no digest.
 */
import { compare } from '../domain/compare.ts'
import type { StrategyErrorReason } from '../domain/intent.ts'
import type { EpochMs } from '../domain/time.ts'
import type { StrategyError } from './signal-evaluation.ts'

export interface FailedSignal {
  readonly eventTs: EpochMs
  readonly symbol: string
}

export interface StrategyFailure {
  readonly strategyId: string
  readonly reason: StrategyErrorReason
  readonly message: string
  /** Where in the author's file; null when nobody knows. */
  readonly place: string | null
  readonly first: FailedSignal
  readonly last: FailedSignal
  readonly count: number
}

/** More messages of one strategy than this are numbers in a text: they are counted as one. */
const MOST_MESSAGES = 20
export const OTHER_MESSAGES = 'other messages'

export class StrategyFailures {
  readonly #failures = new Map<string, StrategyFailure>()
  readonly #messages = new Map<string, number>()

  /** True when the strategy has not failed like this before. */
  add({ strategyId, reason, detail, place }: StrategyError, { eventTs, symbol }: FailedSignal): boolean {
    const signal = { eventTs, symbol }
    const known = this.#failures.get(keyOf(strategyId, reason, detail))
    const messages = this.#messages.get(strategyId) ?? 0
    const isOther = known === undefined && messages >= MOST_MESSAGES
    const key = isOther ? keyOf(strategyId, reason, OTHER_MESSAGES) : keyOf(strategyId, reason, detail)
    const before = isOther ? this.#failures.get(key) : known
    if (before !== undefined) {
      this.#failures.set(key, { ...before, last: signal, count: before.count + 1 })
      return false
    }
    if (!isOther) this.#messages.set(strategyId, messages + 1)
    const message = isOther ? OTHER_MESSAGES : detail
    this.#failures.set(key, {
      strategyId,
      reason,
      message,
      place: isOther ? null : place,
      first: signal,
      last: signal,
      count: 1,
    })
    return true
  }

  /** By strategy, then in the order in which they came first. */
  toList(): readonly StrategyFailure[] {
    return [...this.#failures.values()].sort((left, right) => compare(left.strategyId, right.strategyId))
  }
}

function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts)
}
