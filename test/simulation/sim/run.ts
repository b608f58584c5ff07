/** One run: a seed, or a scenario with faults placed one by one, to what it came to. */
import type { Violation } from './checks.ts'
import { DrawnFaults, type FaultSource, type PlacedFault, PlacedFaults } from './faults.ts'
import type { Place } from './request.ts'
import type { Scenario } from './scenario.ts'
import { scenarioOf } from './special.ts'
import { withoutRealTime } from './without-real-time.ts'
import { World } from './world.ts'

export interface RunResult {
  readonly seed: number
  readonly digest: string
  readonly violations: readonly Violation[]
  readonly faults: readonly PlacedFault[]
  readonly counts: Checkpoints
  /** Only when asked for. */
  readonly trace: readonly string[]
  /** Where a fault could happen, and of which kinds; only when asked for. */
  readonly places: readonly Place[]
}

type Checkpoints = World['checker']['counts']

export interface RunOptions {
  /** Instead of those that the seed draws. */
  readonly faults?: readonly PlacedFault[]
  readonly scenario?: Scenario
  readonly trace?: boolean
  readonly places?: boolean
}

export async function runSeed(seed: number, options: RunOptions = {}): Promise<RunResult> {
  withoutRealTime()
  await turnOfLoop()
  const scenario = options.scenario ?? scenarioOf(seed)
  const faults: FaultSource =
    options.faults === undefined ? new DrawnFaults(seed, scenario.rates) : new PlacedFaults(options.faults)
  const world = new World(seed, scenario, faults)
  const places: Place[] = []
  if (options.trace === true) world.kernel.trace.lines = []
  if (options.places === true) {
    world.onPlace = (place) => {
      if (faults.active) places.push(place)
    }
  }
  await world.run()
  return {
    seed,
    digest: world.kernel.trace.toString(),
    violations: world.checker.violations,
    faults: faults.happened,
    counts: world.checker.counts,
    trace: world.kernel.trace.lines ?? [],
    places,
  }
}

/** A run never waits for Node's event loop; what else waits for that goes on between runs. */
function turnOfLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
