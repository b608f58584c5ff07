/**
 * Compares what the plugin runtime wanted in shadow with what the legacy path decided
 * (docs/architecture.md#legacy-path).
 * The runtime is compared as it is, without fallback: what it cannot decide shows as a divergence.
 */
import { METRICS } from '../domain/metric-names.ts'
import type { RawIntent } from '../domain/intent.ts'
import type { Observations } from './plan-observations.ts'

export type Divergence = 'only_legacy' | 'only_shadow' | 'direction' | 'target_notional' | 'confidence'

/** Counts one divergence, by its first difference, for each strategy whose two intents differ. */
export function compareShadow(
  legacy: readonly RawIntent[],
  shadow: readonly RawIntent[],
  observations: Observations,
): void {
  const decided = new Map(legacy.map((intent) => [intent.strategyId, intent]))
  const shadowed = new Map(shadow.map((intent) => [intent.strategyId, intent]))
  for (const id of new Set([...decided.keys(), ...shadowed.keys()])) {
    const reason = divergenceOf(decided.get(id), shadowed.get(id))
    if (reason !== null) observations.count(METRICS.shadowDivergences, { strategy_id: id, reason })
  }
}

/** How two intents of one strategy differ; null when they would trade alike. */
export function divergenceOf(
  legacy: RawIntent | undefined,
  shadow: RawIntent | undefined,
): Divergence | null {
  if (legacy === undefined) return shadow === undefined ? null : 'only_shadow'
  if (shadow === undefined) return 'only_legacy'
  if (legacy.direction !== shadow.direction) return 'direction'
  if (legacy.targetNotional !== shadow.targetNotional) return 'target_notional'
  return legacy.confidence === shadow.confidence ? null : 'confidence'
}
