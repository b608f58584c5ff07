/**
 * Counts what a plan is worth telling (docs/architecture.md#metrics): one observation per metric and set of
 * properties, sorted, so that the order of events does not show.
 *
 * A plan is sealed with its observations, so what happens to every strategy at every signal is counted
 * without the strategies' ids: they would fill the record.
 */
import { byKey } from '../domain/compare.ts'
import type { CountedMetric } from '../domain/metric-names.ts'
import type { Observation } from '../domain/plan.ts'

export type ObservationProperties = Observation['properties']

/** Of what is counted without any: by far the most, so no key is made for it. */
export const NO_PROPERTIES: ObservationProperties = Object.freeze({})

type Counted = Observation & { count: number }

export class Observations {
  /** By metric where there are no properties, by both else. */
  readonly #counts = new Map<string, Counted>()

  /** Adds to the count of a metric with these properties (in the same order at every call site). */
  count(metric: CountedMetric, properties: ObservationProperties, count = 1): void {
    if (count === 0) return
    const key = properties === NO_PROPERTIES ? metric : keyOf({ metric, properties })
    const known = this.#counts.get(key)
    if (known === undefined) this.#counts.set(key, { metric, count, properties })
    else known.count += count
  }

  toList(): readonly Observation[] {
    if (this.#counts.size < 2) return [...this.#counts.values()]
    return [...this.#counts]
      .map(([key, counted]) => [key === counted.metric ? keyOf(counted) : key, counted] as const)
      .sort(byKey)
      .map(([, counted]) => counted)
  }
}

function keyOf({ metric, properties }: Pick<Observation, 'metric' | 'properties'>): string {
  return JSON.stringify([metric, properties])
}
