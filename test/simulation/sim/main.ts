/**
 * The simulator's command line: `npm run sim` runs many seeds on all cores, `-- --seed S` one of them with its trace.
 * Exit code 1 when an invariant was violated.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import type { FaultKind, PlacedFault } from './faults.ts'
import { unknownOf } from './known-defects.ts'
import { runSeed } from './run.ts'
import { shrink } from './shrink.ts'
import { addRun, describe, emptySummary, type Failure, merge, type Summary } from './summary.ts'

const DEFAULT_SEEDS = 20_000
const CHUNK = 50
/** More failures say nothing new. */
const MOST_FAILURES = 5

interface Chunk {
  readonly from: number
  readonly to: number
}

async function runChunk({ from, to }: Chunk): Promise<Summary> {
  const summary = emptySummary()
  for (let seed = from; seed < to; seed += 1) addRun(summary, await runSeed(seed))
  return summary
}

/** Hands chunks to as many threads as there are cores. */
function runAll(from: number, to: number, threads: number): Promise<Summary> {
  const total = emptySummary()
  let next = from
  const begun = Date.now()
  const takeChunk = (): Chunk | null => {
    if (next >= to || total.failures.length >= MOST_FAILURES) return null
    const chunk = { from: next, to: Math.min(to, next + CHUNK) }
    next = chunk.to
    return chunk
  }
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url))
      const give = (): void => {
        const chunk = takeChunk()
        if (chunk === null) void worker.terminate().then(() => resolve())
        else worker.postMessage(chunk, [])
      }
      worker.on('message', (summary: Summary) => {
        merge(total, summary)
        progress(`${total.runs} of ${to - from} runs, ${Math.round((Date.now() - begun) / 1000)} s`)
        give()
      })
      worker.on('error', reject)
      give()
    })
  return Promise.all(Array.from({ length: threads }, work)).then(() => total)
}

async function replay(seed: number, only: string | undefined): Promise<number> {
  const faults = only === undefined ? {} : { faults: parseFaults(only) }
  const run = await runSeed(seed, { ...faults, trace: true })
  print(run.trace.join('\n'))
  for (const { place, kind } of run.faults) print(`fault: ${place}=${kind}`)
  for (const { invariant, detail } of run.violations) print(`violated: ${invariant}: ${detail}`)
  print(`digest ${run.digest}`)
  return unknownOf(run.violations).length > 0 ? 1 : 0
}

async function explain({ seed, faults, violation }: Failure): Promise<void> {
  const shrunk = await shrink(seed, faults, violation)
  print(`seed ${seed} violates ${shrunk.violation.invariant}: ${shrunk.violation.detail}`)
  print(`  ${shrunk.faults.length} of ${faults.length} faults are enough; to see it:`)
  print(`  npm run sim -- --seed ${seed} --only '${formatFaults(shrunk.faults)}'`)
}

function formatFaults(faults: readonly PlacedFault[]): string {
  return faults.map(({ place, kind }) => `${place}=${kind}`).join(',')
}

function parseFaults(text: string): readonly PlacedFault[] {
  return text.split(',').flatMap((part) => {
    const [place, kind] = part.split('=')
    return place === undefined || kind === undefined ? [] : [{ place, kind: kind as FaultKind }]
  })
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${line}   `)
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      only: { type: 'string' },
      seeds: { type: 'string' },
      from: { type: 'string' },
      threads: { type: 'string' },
    },
  })
  if (values.seed !== undefined) return replay(Number(values.seed), values.only)
  const from = Number(values.from ?? 0)
  const threads = Number(values.threads ?? availableParallelism())
  const begun = Date.now()
  const summary = await runAll(from, from + Number(values.seeds ?? DEFAULT_SEEDS), threads)
  print(describe(summary))
  print(`${Math.round((Date.now() - begun) / 1000)} s on ${threads} threads`)
  for (const failure of summary.failures.slice(0, MOST_FAILURES)) await explain(failure)
  if (summary.failures.length === 0) print('0 violations')
  return summary.failures.length === 0 ? 0 : 1
}

if (isMainThread) process.exitCode = await main()
else
  parentPort?.on(
    'message',
    (chunk: Chunk) => void runChunk(chunk).then((summary) => parentPort?.postMessage(summary, [])),
  )
