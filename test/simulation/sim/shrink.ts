/** From a failing run to the fewest faults that still make it fail in the same way. */
import type { Violation } from './checks.ts'
import type { PlacedFault } from './faults.ts'
import { unknownOf } from './known-defects.ts'
import { type RunResult, runSeed } from './run.ts'
import { drawScenario } from './scenario.ts'
import { SHORT_SCENARIOS } from './enumerate.ts'
import type { Failure } from './summary.ts'

export interface Shrunk {
  readonly faults: readonly PlacedFault[]
  readonly violation: Violation
  readonly runs: number
}

const MOST_RUNS = 400

/** Takes faults away, in ever smaller parts, as long as the same invariant is violated. */
export async function shrink({ seed, scenario, faults, violation }: Failure): Promise<Shrunk> {
  const shape = scenario === null ? {} : { scenario: SHORT_SCENARIOS[scenario] ?? drawScenario(seed) }
  const run = (fewer: readonly PlacedFault[]) => runSeed(seed, { ...shape, faults: fewer })
  const shrinker = new Shrinker(run, { faults, violation, runs: 0 })
  for (let size = Math.ceil(faults.length / 2); size > 1; size = Math.ceil(size / 2)) {
    await shrinker.takeAway(size)
  }
  while (await shrinker.takeAway(1)) continue
  return shrinker.best
}

class Shrinker {
  best: Shrunk
  readonly #run: (faults: readonly PlacedFault[]) => Promise<RunResult>

  constructor(run: (faults: readonly PlacedFault[]) => Promise<RunResult>, first: Shrunk) {
    this.#run = run
    this.best = first
  }

  /** Tries the faults without each part of this size; whether any could go. */
  async takeAway(size: number): Promise<boolean> {
    const before = this.best.faults.length
    for (let start = 0; start < this.best.faults.length;) {
      if (this.best.runs >= MOST_RUNS) return false
      const { faults, violation, runs } = this.best
      const fewer = [...faults.slice(0, start), ...faults.slice(start + size)]
      const { violations } = await this.#run(fewer)
      const found = unknownOf(violations).find(({ invariant }) => invariant === violation.invariant)
      if (found === undefined) start += size
      this.best =
        found === undefined
          ? { ...this.best, runs: runs + 1 }
          : { faults: fewer, violation: found, runs: runs + 1 }
    }
    return this.best.faults.length < before
  }
}
