/**
 * The simulator's command line: `npm run sim` runs many seeds and the enumeration on all cores, `-- --seed S` one seed
 * with its trace. Exit code 1 when an invariant was violated.
 */
import { isMainThread } from 'node:worker_threads'
import { missedBounds, SEEDS } from './bounds.ts'
import { enumerationJobs, SHORT_SCENARIOS } from './enumerate.ts'
import { formatFaults, parseFaults } from './fault-words.ts'
import { unknownOf } from './known-defects.ts'
import { simulatorOptions } from './options.ts'
import { runSeed } from './run.ts'
import { shrink } from './shrink.ts'
import { describe, type Failure } from './summary.ts'
import { CHUNK, type Job, performAll, serve } from './threads.ts'

const ENUMERATION_CHUNK = 5
/** Multiples of it, modulo 1, lie evenly. */
const GOLDEN = 0.618034
/** With what begins and ends a run, less than four. */
const IN_CI_MINUTES = 3.7
/** More failures say nothing new. */
const MOST_FAILURES = 5

const values = simulatorOptions(process.argv.slice(2))

async function replay(seed: number): Promise<number> {
  const scenario = values.scenario === undefined ? undefined : SHORT_SCENARIOS[Number(values.scenario)]
  const run = await runSeed(seed, {
    ...(values.only === undefined ? {} : { faults: parseFaults(values.only) }),
    ...(scenario === undefined ? {} : { scenario }),
    trace: true,
  })
  print(run.trace.join('\n'))
  for (const { place, kind } of run.faults) print(`fault: ${place}=${kind}`)
  for (const { invariant, detail } of run.violations) print(`violated: ${invariant}: ${detail}`)
  print(`digest ${run.digest}`)
  return unknownOf(run.violations).length > 0 ? 1 : 0
}

async function explain(failure: Failure): Promise<void> {
  const { seed, scenario, faults } = failure
  const shrunk = await shrink(failure)
  const where = scenario === null ? '' : ` --scenario ${scenario}`
  print(`seed ${seed}${where} violates ${shrunk.violation.invariant}: ${shrunk.violation.detail}`)
  print(`  ${shrunk.faults.length} of ${faults.length} faults are enough; to see it:`)
  print(`  npm run sim -- --seed ${seed}${where} --only '${formatFaults(shrunk.faults)}'`)
}

async function allJobs(): Promise<readonly Job[]> {
  const from = Number(values.from)
  const to = from + Number(values.seeds ?? SEEDS)
  const jobs: Job[] = []
  for (let start = from; start < to; start += CHUNK) {
    jobs.push({ kind: 'seeds', from: start, to: Math.min(to, start + CHUNK) })
  }
  const every = Number(values.enumerate ?? 1)
  if (every === 0) return jobs
  const isTaken = (index: number): boolean =>
    values.enumerate === undefined && !values.complete ? index % 3 !== 2 : index % every === 0
  const first = (await enumerationJobs()).filter((_, index) => isTaken(index))
  const placements: Job[] = []
  for (let start = 0; start < first.length; start += ENUMERATION_CHUNK) {
    placements.push({ kind: 'enumeration', jobs: first.slice(start, start + ENUMERATION_CHUNK) })
  }
  return interleaved(jobs, placements)
}

/** So that a run that its time limit ends has made the same share of both. */
function interleaved(seeds: readonly Job[], placements: readonly Job[]): readonly Job[] {
  const due = (jobs: readonly Job[]) => jobs.map((job, index) => ({ job, at: (index + 1) / jobs.length }))
  return [...due(seeds), ...due(spread(placements))]
    .sort((left, right) => left.at - right.at)
    .map(({ job }) => job)
}

/** The same jobs, those beside each other far apart. */
function spread<T>(jobs: readonly T[]): readonly T[] {
  return jobs
    .map((job, index) => ({ job, at: (index * GOLDEN) % 1 }))
    .sort((left, right) => left.at - right.at)
    .map(({ job }) => job)
}

async function main(): Promise<number> {
  if (values.seed !== undefined) return replay(Number(values.seed))
  const begun = Date.now()
  const isWhole = values.seeds === undefined && values.enumerate === undefined
  const minutes = Number(values.minutes ?? (isWhole && !values.complete ? IN_CI_MINUTES : Infinity))
  const seconds = (): number => Math.round((Date.now() - begun) / 1000)
  const summary = await performAll(await allJobs(), {
    threads: Number(values.threads),
    mostFailures: values.brief ? 1 : MOST_FAILURES,
    until: begun + minutes * 60_000,
    progress: ({ runs }) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${runs} runs, ${seconds()} s   `)
    },
  })
  const [failure] = summary.failures
  if (values.brief) {
    if (failure === undefined) return 0
    print(`seed ${failure.seed} ${failure.violation.invariant}: ${failure.violation.detail}`)
    return 1
  }
  print(describe(summary))
  print(`${seconds()} s on ${values.threads} threads`)
  for (const one of summary.failures.slice(0, MOST_FAILURES)) await explain(one)
  if (failure !== undefined) return 1
  print('0 violations')
  const missed = isWhole ? missedBounds(summary) : []
  for (const what of missed) print(`too little of ${what}`)
  return missed.length === 0 ? 0 : 1
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

if (isMainThread) process.exitCode = await main()
else serve()
