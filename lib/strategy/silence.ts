/**
 * What strategies of one rule have in common: most vectors give none of them anything to want, whatever their params, and that
 * is asked once for all instead of each.
 *
 * Invariant: whoever is silent would have answered null had each been asked, so nobody can tell the difference.
 */
import type { CircuitBook } from './circuit.ts'
import type { FeatureVector, StrategyPlugin } from './plugin.ts'
import { type PreparedPlugin, type SilenceCheck, silenceOf } from './prepared-plugin.ts'

export interface Silence {
  readonly isSilent: SilenceCheck
  /** The place of the first strategy whose rule it is. */
  readonly index: number
}

/** Of the strategies' rules, each once; null where a strategy has to be asked for itself. */
export function silencesOf(
  strategies: readonly {
    readonly plugin: StrategyPlugin | PreparedPlugin | null
    readonly index: number
  }[],
): readonly Silence[] | null {
  const silences = new Map<SilenceCheck, Silence>()
  for (const { plugin, index } of strategies) {
    const isSilent = plugin === null ? null : silenceOf(plugin)
    if (isSilent === null) return null
    if (!silences.has(isSilent)) silences.set(isSilent, { isSilent, index })
  }
  return Object.freeze([...silences.values()])
}

/** Whether nobody wants anything of a vector, as far as that can be said of all at once: where each of them would be asked. */
export function areSilent(
  { silences }: { readonly silences: readonly Silence[] | null },
  features: FeatureVector,
  circuits: Pick<CircuitBook, 'isClear'>,
  { asked, lateness }: { readonly asked: Int32Array; readonly lateness: unknown },
): boolean {
  if (silences === null || !circuits.isClear || lateness !== null) return false
  for (const { isSilent, index } of silences) {
    asked[0] = index
    if (!isSilent(features)) return false
  }
  return true
}
