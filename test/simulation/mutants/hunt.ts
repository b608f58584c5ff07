/**
 * Looks for a violation where it is told to, and stops at the first run that has one. Compiled once per mutant, with the
 * mutant in it.
 */
import { enumerationJobs, runJob, runShort } from '../sim/enumerate.ts'
import { formatFaults, parseFaults } from '../sim/fault-words.ts'
import { unknownOf } from '../sim/known-defects.ts'
import { type RunResult, runSeed } from '../sim/run.ts'
import type { Look } from './mutant.ts'
import { profiledScenario } from './profiles.ts'

/** What a hunt came to. */
export interface Catch {
  /** What was violated first. */
  readonly invariant: string
  readonly detail: string
  /** All that the run violated. */
  readonly invariants: readonly string[]
  /** Where it was found, in words. */
  readonly where: string
  /** Runs of that look until it was found. */
  readonly runs: number
  /** That run alone. */
  readonly again: Look
}

type Run = readonly [run: RunResult, again: Look]

async function* runsOf(look: Look): AsyncIterable<Run> {
  if ('seeds' in look) {
    const { seeds, ...profile } = look
    for (let seed = 0; seed < seeds; seed += 1) yield* runsOf({ seed, ...profile })
  } else if ('seed' in look) {
    const { seed, profile } = look
    yield [
      await runSeed(seed, profile === undefined ? {} : { scenario: profiledScenario(seed, profile) }),
      look,
    ]
  } else if ('faults' in look) {
    yield [await runShort(look.scenario, parseFaults(look.faults)), look]
  } else {
    const jobs = (await enumerationJobs()).filter((_, index) => index % look.enumerate === 0)
    for (const job of jobs) {
      for await (const run of runJob({ ...job, pairs: job.pairs && look.pairs }))
        yield [run, { scenario: job.scenario, faults: formatFaults(run.faults) }]
    }
  }
}

export async function hunt(looks: readonly Look[]): Promise<Catch | null> {
  for (const look of looks) {
    let runs = 0
    for await (const [run, again] of runsOf(look)) {
      runs += 1
      const violations = unknownOf(run.violations)
      const [found] = violations
      if (found === undefined) continue
      const invariants = [...new Set(violations.map(({ invariant }) => invariant))]
      const { invariant, detail } = found
      return { invariant, detail, invariants, where: whereIs(look), runs, again }
    }
  }
  return null
}

function whereIs(look: Look): string {
  if ('seeds' in look || 'seed' in look) return look.profile === undefined ? 'seeds' : `${look.profile} seeds`
  if ('faults' in look) return look.faults.includes(',') ? 'pairs' : 'single faults'
  return look.pairs ? 'pairs' : 'single faults'
}
