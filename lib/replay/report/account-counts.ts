/** What happened in an account, counted from its records as they are read, so that they need not be held. */
import { byKey } from '../../domain/compare.ts'
import type { Decision } from '../../domain/decision.ts'
import type { Execution } from '../../domain/execution.ts'
import type { CircuitStates } from '../../domain/lane.ts'
import { METRICS, type CountedMetric } from '../../domain/metric-names.ts'
import type { CycleRecord } from '../../domain/plan.ts'
import { StrategyCounter, type StrategyCounts } from './strategy-counts.ts'

export type Counts = Readonly<Record<string, number>>

export interface AccountCounts {
  readonly signals: number
  /** What strategies wanted, before conflicts were resolved. */
  readonly intents: number
  readonly conflicts: number
  readonly decisions: number
  /** Orders that were sent, by what became of them. */
  readonly orders: Counts
  /** Decisions that were refused, before or at the order firewall. */
  readonly denials: Counts
  /** Strategies that could not decide, by reason. */
  readonly strategyErrors: Counts
  readonly circuitOpenings: number
  readonly circuitClosings: number
  readonly strategies: readonly StrategyCounts[]
  /** By reason. */
  readonly fallbacks: Counts
}

export class AccountCounter {
  readonly #strategies = new StrategyCounter()
  readonly #observed = new Map<string, Record<string, number>>()
  readonly #orders: Record<string, number> = {}
  readonly #denials: Record<string, number> = {}
  #signals = 0
  #decisions = 0
  #circuits: CircuitStates = {}
  #openings = 0
  #closings = 0

  /** In the order of the lane. */
  addCycle(record: CycleRecord): void {
    const { plan } = record
    this.#strategies.addCycle(record)
    this.#signals += plan.outcomes.length
    for (const { metric, properties, count } of plan.observations) {
      const counts = this.#observed.get(metric) ?? {}
      this.#observed.set(metric, counts)
      add(counts, properties['reason'] ?? 'unknown', count)
    }
    this.#compareCircuits(plan.circuits)
  }

  addDecision(decision: Decision): void {
    this.#strategies.addDecision(decision)
    this.#decisions += 1
    if (decision.outcome.kind === 'denied') add(this.#denials, decision.outcome.reason)
  }

  addExecution({ state, deniedReason }: Execution): void {
    if (deniedReason !== null) add(this.#denials, deniedReason)
    if (state !== 'denied') add(this.#orders, state)
  }

  counts(): AccountCounts {
    const observed = (metric: CountedMetric) => sorted(this.#observed.get(metric) ?? {})
    return {
      signals: this.#signals,
      intents: total(observed(METRICS.strategyIntents)),
      conflicts: total(observed(METRICS.intentConflicts)),
      decisions: this.#decisions,
      orders: sorted(this.#orders),
      denials: sorted(this.#denials),
      strategyErrors: observed(METRICS.strategyErrors),
      circuitOpenings: this.#openings,
      circuitClosings: this.#closings,
      strategies: this.#strategies.counts(),
      fallbacks: observed(METRICS.runtimeFallbacks),
    }
  }

  /** A circuit that reopens within one cycle counts as closed and opened. */
  #compareCircuits(circuits: CircuitStates): void {
    if (circuits === this.#circuits) return
    for (const id of new Set([...Object.keys(this.#circuits), ...Object.keys(circuits)])) {
      const was = this.#circuits[id]?.openUntil ?? null
      const is = circuits[id]?.openUntil ?? null
      if (was === is) continue
      if (was !== null) this.#closings += 1
      if (is !== null) this.#openings += 1
    }
    this.#circuits = circuits
  }
}

/** What a report shows of them: name, number, and what there is to say. */
export function countRows(counts: AccountCounts): readonly (readonly [string, number, string])[] {
  return [
    ['Signals', counts.signals, ''],
    ['Intents', counts.intents, 'what strategies wanted'],
    ['Conflicts', counts.conflicts, 'both sides were wanted of one signal'],
    ['Decisions', counts.decisions, ''],
    ['Orders', total(counts.orders), inWords(counts.orders)],
    ['Denials', total(counts.denials), inWords(counts.denials)],
    ['Strategy errors', total(counts.strategyErrors), inWords(counts.strategyErrors)],
    ['Circuits opened', counts.circuitOpenings, `closed again: ${counts.circuitClosings}`],
    ['Fallbacks', total(counts.fallbacks), inWords(counts.fallbacks)],
  ]
}

/** The same of each strategy: intents, denials, errors, fallbacks, seconds with an open circuit. */
export function strategyRows({
  strategies,
}: AccountCounts): readonly (readonly [string, number, number, number, number, number])[] {
  return strategies.map(
    ({ strategy, intents, denials, errors, fallbacks, circuitSeconds }) =>
      [strategy, intents, denials, errors, fallbacks, circuitSeconds] as const,
  )
}

export function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function add(counts: Record<string, number>, name: string, count = 1): void {
  counts[name] = (counts[name] ?? 0) + count
}

function sorted(counts: Counts): Counts {
  return Object.fromEntries(Object.entries(counts).sort(byKey))
}

function inWords(counts: Counts): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
