/** What each strategy did in a run, counted from its records: what it wanted, what became of that, how often it could not decide. */
import { METRICS, type CountedMetric } from '../domain/metric-names.ts'
import { parseSettings } from '../flags/parse-settings.ts'
import type { Decision } from '../domain/decision.ts'
import type { CycleRecord } from '../domain/plan.ts'

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

/** Sorted by strategy. */
export function strategyCounts(
  cycles: readonly CycleRecord[],
  decisions: readonly Decision[],
): readonly StrategyCounts[] {
  const all = new Map<string, Counted>()
  const of = (strategy: string): Counted => {
    const counted = all.get(strategy) ?? {
      strategy,
      intents: 0,
      decisions: 0,
      denials: 0,
      errors: 0,
      fallbacks: 0,
      circuitSeconds: 0,
    }
    all.set(strategy, counted)
    return counted
  }
  for (const { metric, properties, count } of cycles.flatMap(({ plan }) => plan.observations)) {
    const name = OBSERVED[metric]
    const strategy = properties['strategy_id']
    if (name !== undefined && strategy !== undefined) of(strategy)[name] += count
  }
  for (const { outcome, sourceStrategyIds } of decisions) {
    for (const id of sourceStrategyIds) of(id)[outcome.kind === 'denied' ? 'denials' : 'decisions'] += 1
  }
  for (const [strategy, seconds] of circuitTimes(cycles)) of(strategy).circuitSeconds = seconds
  return [...all].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, counted]) => counted)
}

function circuitTimes(cycles: readonly CycleRecord[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  const before = new Map<string, number>()
  for (const { inputs, plan } of cycles) {
    for (const [id, { openUntil }] of Object.entries(plan.circuits)) {
      if (openUntil === null || openUntil === before.get(id)) continue
      before.set(id, openUntil)
      times.set(id, (times.get(id) ?? 0) + parseSettings(inputs.settings).circuitCooldownSeconds)
    }
  }
  return times
}
