/**
 * Circuits (docs/architecture.md#circuits): a strategy that keeps failing is not asked for a while.
 *
 * Invariants: time is the signal's own, never a clock's; an open circuit is open up to and including its
 * `openUntil`; opening resets the count and so does a success; a circuit that is closed without errors is
 * not stored, so equal histories give equal states.
 */
import { byKey } from '../domain/compare.ts'
import type { CircuitState, CircuitStates } from '../domain/lane.ts'
import { type EpochMs, type Seconds, plusSeconds } from '../domain/time.ts'

export interface CircuitOptions {
  /** Consecutive errors that open a circuit; at least 1. */
  readonly circuitErrors: number
  readonly circuitCooldownSeconds: Seconds
}

const ALL_CLOSED: CircuitStates = Object.freeze({})

/** The circuits of one lane while a batch is evaluated. */
export class CircuitBook {
  readonly #states: Map<string, CircuitState>

  constructor(states: CircuitStates = ALL_CLOSED) {
    this.#states = states === ALL_CLOSED ? new Map() : new Map(Object.entries(states))
  }

  /** True when no circuit is open and no strategy has errors behind it. */
  get isClear(): boolean {
    return this.#states.size === 0
  }

  isOpen(strategyId: string, at: EpochMs): boolean {
    const openUntil = this.#states.get(strategyId)?.openUntil ?? null
    return openUntil !== null && at <= openUntil
  }

  succeeded(strategyId: string): void {
    this.#states.delete(strategyId)
  }

  /** Counts an error at signal time `at`; true when it opened the circuit. */
  failed(strategyId: string, at: EpochMs, options: CircuitOptions): boolean {
    const errors = (this.#states.get(strategyId)?.consecutiveErrors ?? 0) + 1
    const opens = errors >= options.circuitErrors
    this.#states.set(
      strategyId,
      opens
        ? { consecutiveErrors: 0, openUntil: plusSeconds(at, options.circuitCooldownSeconds) }
        : { consecutiveErrors: errors, openUntil: null },
    )
    return opens
  }

  /** Opens a circuit at signal time `at`, whatever its count. */
  open(strategyId: string, at: EpochMs, { circuitCooldownSeconds }: CircuitOptions): void {
    const openUntil = plusSeconds(at, circuitCooldownSeconds)
    this.#states.set(strategyId, { consecutiveErrors: 0, openUntil })
  }

  /** All states that are not plainly closed, frozen, keyed in sorted order. */
  toStates(): CircuitStates {
    if (this.isClear) return ALL_CLOSED
    const entries = [...this.#states]
      .filter(([, { consecutiveErrors, openUntil }]) => consecutiveErrors > 0 || openUntil !== null)
      .sort(byKey)
      .map(([id, state]) => [id, Object.freeze({ ...state })] as const)
    return Object.freeze(Object.fromEntries(entries))
  }
}
