/** Hands jobs to as many threads as there are cores, each of which runs this same program. */
import { parentPort, Worker } from 'node:worker_threads'
import { type EnumerationJob, runJob } from './enumerate.ts'
import { runSeed } from './run.ts'
import { addRepetition, addRun, addTime, emptySummary, merge, type Summary } from './summary.ts'

export type Job =
  | { readonly kind: 'seeds'; readonly from: number; readonly to: number }
  | { readonly kind: 'enumeration'; readonly jobs: readonly EnumerationJob[] }

/** Runs make much garbage and keep little. */
const YOUNG_MB = 32

/** Every how many seeds one is run again: one seed gives one digest. */
const RUN_TWICE = 200

/** So that threads ask for work now and then, not all the time. */
export const CHUNK = 50

async function perform(job: Job): Promise<Summary> {
  const summary = emptySummary()
  if (job.kind === 'seeds') {
    for (let seed = job.from; seed < job.to; seed += 1) {
      const begun = performance.now()
      const run = await runSeed(seed)
      addTime(summary, { seed, ms: performance.now() - begun })
      addRun(summary, run)
      if (seed % RUN_TWICE === 0) addRepetition(summary, run, await runSeed(seed))
    }
    return summary
  }
  for (const one of job.jobs) {
    for await (const run of runJob(one)) {
      addRun(summary, run, one.scenario)
      summary.placements += 1
    }
  }
  return summary
}

export interface ThreadOptions {
  readonly threads: number
  /** No more jobs are begun after so many failures. */
  readonly mostFailures: number
  /** No more jobs are begun after this time. */
  readonly until: number
  progress(total: Summary): void
}

/** What all jobs came to together. */
export async function performAll(jobs: readonly Job[], options: ThreadOptions): Promise<Summary> {
  const total = emptySummary()
  const waiting = jobs.slice()
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), {
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      })
      const give = (): void => {
        const goesOn = total.failures.length < options.mostFailures && Date.now() < options.until
        const job = goesOn ? waiting.shift() : undefined
        if (job === undefined) void worker.terminate().then(() => resolve())
        else worker.postMessage(job, [])
      }
      worker.on('message', (summary: Summary) => {
        merge(total, summary)
        options.progress(total)
        give()
      })
      worker.on('error', reject)
      give()
    })
  await Promise.all(Array.from({ length: options.threads }, work))
  return total
}

/** The other side: takes jobs until it is ended. A replay shows stacks of errors; most errors are expected. */
export function serve(): void {
  Error.stackTraceLimit = 0
  parentPort?.on('message', (job: Job) => {
    void perform(job).then((summary) => parentPort?.postMessage(summary, []))
  })
}
