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

export class Observations {
  readonly #counts = new Map<string, Observation & { count: number }>()

  /** Adds to the count of a metric with these properties (in the same order at every call site). */
  count(metric: CountedMetric, properties: ObservationProperties, count = 1): void {
    if (count === 0) return
    const key = JSON.stringify([metric, properties])
    const known = this.#counts.get(key)
    if (known === undefined) this.#counts.set(key, { metric, count, properties })
    else known.count += count
  }

  toList(): readonly Observation[] {
    return [...this.#counts].sort(byKey).map(([, entry]) => entry)
  }
}
