/** What each strategy did in a run, counted from its records: what it wanted, what became of that, how often it could not decide. */
import { METRICS, type CountedMetric } from '../../domain/metric-names.ts'
import { parseSettings } from '../../flags/parse-settings.ts'
import type { Decision } from '../../domain/decision.ts'
import type { CycleRecord } from '../../domain/plan.ts'

export interface StrategyCounts {
  readonly strategy: string
  readonly intents: number
  /** Accepted ones that it was behind, alone or with others. */
  readonly decisions: number
  readonly denials: number
  readonly errors: number
  readonly fallbacks: number
  /** How long its circuit was open, by the signals' time. */
  readonly circuitSeconds: number
}

type Counted = { -readonly [Name in keyof StrategyCounts]: StrategyCounts[Name] }

const OBSERVED: Readonly<Partial<Record<CountedMetric, Exclude<keyof Counted, 'strategy'>>>> = {
  [METRICS.strategyIntents]: 'intents',
  [METRICS.strategyErrors]: 'errors',
  [METRICS.runtimeFallbacks]: 'fallbacks',
}

/** Counts records as they are read. */
export class StrategyCounter {
  readonly #all = new Map<string, Counted>()
  /** By strategy: the last opening of its circuit that was counted. */
  readonly #openUntil = new Map<string, number>()

  /** In the order of the lane. */
  addCycle({ inputs, plan }: CycleRecord): void {
    for (const { metric, properties, count } of plan.observations) {
      const name = OBSERVED[metric]
      const strategy = properties['strategy_id']
      if (name !== undefined && strategy !== undefined) this.#of(strategy)[name] += count
    }
    for (const [id, { openUntil }] of Object.entries(plan.circuits)) {
      if (openUntil === null || openUntil === this.#openUntil.get(id)) continue
      this.#openUntil.set(id, openUntil)
      this.#of(id).circuitSeconds += parseSettings(inputs.settings).circuitCooldownSeconds
    }
  }

  addDecision({ outcome, sourceStrategyIds }: Decision): void {
    const name = outcome.kind === 'denied' ? 'denials' : 'decisions'
    for (const id of sourceStrategyIds) this.#of(id)[name] += 1
  }

  /** Sorted by strategy. */
  counts(): readonly StrategyCounts[] {
    return [...this.#all].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, counted]) => counted)
  }

  #of(strategy: string): Counted {
    const counted = this.#all.get(strategy) ?? {
      strategy,
      intents: 0,
      decisions: 0,
      denials: 0,
      errors: 0,
      fallbacks: 0,
      circuitSeconds: 0,
    }
    this.#all.set(strategy, counted)
    return counted
  }
}
