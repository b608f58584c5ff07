/** What a whole run must have reached, so that finding nothing means something. */
import { FAULT_KINDS } from './faults.ts'
import type { Summary } from './summary.ts'

export const SEEDS = 20_000
const ORDER_CYCLES = 200_000
const PLACEMENTS = 25_000
const FAULTS_OF_A_KIND = 1000

/**
 * What was missed, for people. A run that its time limit ended sooner must have reached the same share of everything
 * as of the seeds; the placements are made first, all of them.
 */
export function missedBounds(summary: Summary): readonly string[] {
  const seeds = summary.runs - summary.placements
  const share = Math.min(1, seeds / SEEDS)
  const bounds: readonly (readonly [string, number, number])[] = [
    ['placements', summary.placements, PLACEMENTS],
    ['cycles that sent orders', summary.orderCycles, ORDER_CYCLES * share],
    ...FAULT_KINDS.map((kind) => [kind, summary.faults[kind] ?? 0, FAULTS_OF_A_KIND * share] as const),
  ]
  return bounds.flatMap(([what, reached, least]) =>
    reached >= least ? [] : [`${what}: ${reached}, at least ${Math.ceil(least)} are wanted`],
  )
}
