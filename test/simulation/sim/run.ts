/** One run: a seed, or a scenario with faults placed one by one, to what it came to. */
import type { Violation } from './checks.ts'
import { DrawnFaults, type FaultSource, type PlacedFault, PlacedFaults } from './faults.ts'
import { drawScenario, type Scenario } from './scenario.ts'
import { World } from './world.ts'

export interface RunResult {
  readonly seed: number
  readonly digest: string
  readonly violations: readonly Violation[]
  readonly faults: readonly PlacedFault[]
  readonly counts: Checkpoints
  /** Only when asked for. */
  readonly trace: readonly string[]
  /** How many requests each invocation made, by its name. */
  readonly requests: ReadonlyMap<string, number>
}

type Checkpoints = World['checker']['counts']

export interface RunOptions {
  /** Instead of those that the seed draws. */
  readonly faults?: readonly PlacedFault[]
  readonly scenario?: Scenario
  readonly trace?: boolean
}

export async function runSeed(seed: number, options: RunOptions = {}): Promise<RunResult> {
  const scenario = options.scenario ?? drawScenario(seed)
  const faults: FaultSource =
    options.faults === undefined ? new DrawnFaults(seed, scenario.rates) : new PlacedFaults(options.faults)
  const world = new World(seed, scenario, faults)
  if (options.trace === true) world.kernel.trace.lines = []
  await world.run()
  return {
    seed,
    digest: world.kernel.trace.toString(),
    violations: world.checker.violations,
    faults: faults.happened,
    counts: world.checker.counts,
    trace: world.kernel.trace.lines ?? [],
    requests: new Map(world.invocations().map(({ name, requests }) => [name, requests])),
  }
}
