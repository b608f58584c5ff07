/**
 * Several strategies share a plugin and see the same vector one after the other; what a rule says of the
 * vector alone, whatever the params, is worked out for the first of them and kept for the others.
 *
 * Invariant: the rule depends on the vector only, which is deeply frozen, so nobody can tell the difference.
 */
import type { FeatureVector } from '../plugin.ts'

export function oncePerVector<Answer>(
  rule: (features: FeatureVector) => Answer,
): (features: FeatureVector) => Answer {
  let last: { readonly features: FeatureVector; readonly answer: Answer } | null = null
  return (features) => {
    if (last === null || last.features !== features) last = { features, answer: rule(features) }
    return last.answer
  }
}
