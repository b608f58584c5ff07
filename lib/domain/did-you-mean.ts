/** Finds the name that somebody probably meant, for the messages of configuration errors. */
import { distance } from 'fastest-levenshtein'

/**
 * The candidate nearest to `found`, whatever the case of its letters; undefined when none is near enough
 * to be worth naming (more than a third of its letters differ).
 */
export function didYouMean(found: string, candidates: Iterable<string>): string | undefined {
  const wanted = found.trim().toLowerCase()
  let best: string | undefined
  let bestDistance = Infinity
  for (const candidate of candidates) {
    const steps = distance(wanted, candidate.toLowerCase())
    const near = steps <= Math.max(2, Math.floor(candidate.length / 3)) && steps < candidate.length
    if (near && steps < bestDistance) {
      best = candidate
      bestDistance = steps
    }
  }
  return best
}
