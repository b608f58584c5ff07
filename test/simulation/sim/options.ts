/** What the simulator's command line takes, and how it says so. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

const HELP = `Simulates whole stages under faults and judges every invariant at every write; exit code 1: one was violated.

  npm run sim                                  as many seeds and placed faults as fit into less than four minutes
  npm run sim -- --complete                    all seeds and all placed faults, however long that takes
  npm run sim -- --seeds 100 --enumerate 40    100 seeds, and every 40th first fault
  npm run sim -- --seed 17                     one seed, with its trace

  --seed S         one seed with its trace; --only 'PLACE=KIND ...' with these faults alone, --scenario N in a short scenario
  --seeds N        so many seeds; --from S the first of them
  --enumerate N    places every Nth first fault; 0: none
  --minutes M      begins none after so many minutes
  --threads N      at once; if absent one for each processor
  --brief          ends with the first violation, in one line
`

export type SimulatorOptions = ReturnType<typeof parse>

/** Prints and ends the process at `--help` (exit code 0), and at what it does not know (2). */
export function simulatorOptions(words: readonly string[]): SimulatorOptions {
  try {
    const values = parse(words)
    if (!values.help) return values
    process.stdout.write(HELP)
    return process.exit(0)
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`)
    return process.exit(2)
  }
}

function parse(words: readonly string[]) {
  const { values } = parseArgs({
    args: [...words],
    options: {
      seed: { type: 'string' },
      scenario: { type: 'string' },
      only: { type: 'string' },
      seeds: { type: 'string' },
      from: { type: 'string', default: '0' },
      /** Every how many first faults the enumeration takes; 0: none of them. If absent two of three, and all with `--complete`. */
      enumerate: { type: 'string' },
      /** No seed is begun after so many minutes. If absent 3.7, or no limit when something else is said. */
      minutes: { type: 'string' },
      /** All seeds and placements, however long that takes. */
      complete: { type: 'boolean', default: false },
      threads: { type: 'string', default: String(availableParallelism()) },
      brief: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  for (const name of ['seed', 'scenario', 'seeds', 'from', 'enumerate', 'minutes', 'threads'] as const) {
    const found = values[name]
    if (found !== undefined && !(Number(found) >= 0)) throw new RangeError(`--${name} is ${found}: a number`)
  }
  return values
}
