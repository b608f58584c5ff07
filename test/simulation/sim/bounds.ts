/** What a whole run must have reached, so that finding nothing means something. */
import { FAULT_KINDS } from './faults.ts'
import type { Summary } from './summary.ts'

export const SEEDS = 20_000
const ORDER_CYCLES = 200_000
const PLACEMENTS = 25_000
const FAULTS_OF_A_KIND = 1000
/** Few of a kind may come a little late. */
const CHANCE = 0.7

/**
 * What was missed, for people. A run that its time limit ended sooner must have reached the same share of everything
 * as of the seeds, as far as chance allows.
 */
export function missedBounds(summary: Summary): readonly string[] {
  const seeds = summary.runs - summary.placements
  const share = seeds >= SEEDS ? 1 : (seeds / SEEDS) * CHANCE
  const bounds: readonly (readonly [string, number, number])[] = [
    ['placements', summary.placements, PLACEMENTS * share],
    ['cycles that sent orders', summary.orderCycles, ORDER_CYCLES * share],
    ...FAULT_KINDS.map((kind) => [kind, summary.faults[kind] ?? 0, FAULTS_OF_A_KIND * share] as const),
  ]
  return bounds.flatMap(([what, reached, least]) =>
    reached >= least ? [] : [`${what}: ${reached}, at least ${Math.ceil(least)} are wanted`],
  )
}
