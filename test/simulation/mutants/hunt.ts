/**
 * Looks for a violation where it is told to, and stops at the first one. Compiled once per mutant, with the mutant in it;
 * its arguments are the looks as JSON, its last line what was found, and after how many runs.
 */
import { enumerationJobs, runJob } from '../sim/enumerate.ts'
import { unknownOf } from '../sim/known-defects.ts'
import { type RunResult, runSeed } from '../sim/run.ts'
import type { Look } from './mutant.ts'
import { profiledScenario } from './profiles.ts'

/** What a hunt came to. */
export interface Catch {
  readonly invariant: string
  readonly detail: string
  /** Where it was found, in words. */
  readonly where: string
  /** Runs of that look until it was found. */
  readonly runs: number
}

async function* seeds({ seeds, profile }: Extract<Look, { seeds: number }>): AsyncIterable<RunResult> {
  for (let seed = 0; seed < seeds; seed += 1) {
    yield runSeed(seed, profile === undefined ? {} : { scenario: profiledScenario(seed, profile) })
  }
}

async function* placements({
  enumerate,
  pairs,
}: Extract<Look, { enumerate: number }>): AsyncIterable<RunResult> {
  const jobs = (await enumerationJobs()).filter((_, index) => index % enumerate === 0)
  for (const job of jobs) yield* runJob({ ...job, pairs: job.pairs && pairs })
}

async function hunt(looks: readonly Look[]): Promise<Catch | null> {
  for (const look of looks) {
    let runs = 0
    for await (const run of 'seeds' in look ? seeds(look) : placements(look)) {
      runs += 1
      const [found] = unknownOf(run.violations)
      if (found === undefined) continue
      const { invariant, detail } = found
      return { invariant, detail, where: whereIs(look), runs }
    }
  }
  return null
}

function whereIs(look: Look): string {
  if ('seeds' in look) return look.profile === undefined ? 'seeds' : `${look.profile} seeds`
  return look.pairs ? 'pairs' : 'single faults'
}

const [words = '[]'] = process.argv.slice(2)
process.stdout.write(`${JSON.stringify(await hunt(JSON.parse(words) as readonly Look[]))}\n`)
process.exit(0)
