// `npm run sim:mutants`: puts each mutant into the product, one at a time, and says what notices it: the simulator, or
// the tests that the mutant names. What noticed it last is tried first; `-- --anew`: as if that were not known.
// `-- --defects`: the defects of old, put back. Exit code 1 when one is noticed by nothing and does not say why.
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { buildSimulator, edited } from './sim-build.mjs'
import { readRecords, writeRecords } from './mutants/records.mjs'
import { defectsTable, mutantsTables } from './mutants/tables.mjs'
import { MutantWorker } from './mutants/workers.mjs'

const HELP = `npm run sim:mutants -- [options]

Puts each mutant into the product, one at a time, and says what notices it.

  --only PATTERN   those whose layer and name match this regular expression
  --defects        the defects of old, put back, instead of the mutants
  --anew           as if it were not known what noticed each last
  --threads N      how many at once (${availableParallelism()})

Example: npm run sim:mutants -- --only firewall

Exit codes: 0 all are noticed, or say why not; 1 some are not; 2 options that are none.
`
const { values } = optionsOf(() =>
  parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      only: { type: 'string' },
      defects: { type: 'boolean', default: false },
      anew: { type: 'boolean', default: false },
      threads: { type: 'string', default: String(availableParallelism()) },
    },
  }),
)
if (values.help) {
  process.stdout.write(HELP)
  process.exit(0)
}
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
/** A mutant may well never end. */
const LIMIT_MS = 300_000
/** Where the simulator looks for what does not say where. */
const LOOKS = [{ seeds: 150 }, { enumerate: 5, pairs: false }]

const lists = await import(await buildSimulator('test/simulation/mutants/all.ts', 'dist/sim/mutants.mjs'))
const all = values.defects ? lists.DEFECTS : lists.MUTANTS
const pattern = new RegExp(values.only ?? '')
const chosen = all.filter(({ name, layer = '' }) => pattern.test(`${layer} ${name}`))
const records = await readRecords()
const begun = Date.now()
const broken = new Set()
const workers = Array.from({ length: Number(values.threads) }, () => new MutantWorker())

/** As the files are now, whatever somebody does to them meanwhile. */
const mutants = await Promise.all(
  chosen.map(async (mutant) => ({
    mutant,
    replaced: [...(await edited(mutant.name, mutant.edits ?? [mutant]))],
  })),
)
const recorded = chosen.flatMap(({ name, tests = [] }) => records[name]?.test ?? tests)
await inParallel([{ looks: [{ seeds: 20 }] }, ...[...new Set(recorded)].map((test) => ({ test }))], unchanged)
const outcomes = []
await inParallel(mutants, look)
for (const worker of workers) worker.end()
outcomes.sort((left, right) => chosen.indexOf(left.mutant) - chosen.indexOf(right.mutant))
await writeRecords(
  outcomes,
  [...lists.MUTANTS, ...lists.DEFECTS].map(({ name }) => name),
)
print(values.defects ? defectsTable(outcomes) : mutantsTables(outcomes, lists.INVARIANTS))
const cpuSeconds = Math.round(workers.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / 1000)
print(`${seconds(begun)} s on ${values.threads} processes, ${cpuSeconds} s of processor time`)
await writeFile('dist/sim/mutants.json', JSON.stringify(outcomes, null, 1))
const isNoticed = ({ by, mutant }) => by !== null || mutant.survives !== undefined
process.exitCode = broken.size === 0 && outcomes.every(isNoticed) ? 0 : 1

function optionsOf(read) {
  try {
    return read()
  } catch (error) {
    process.stderr.write(`${error.message}\nSee: npm run sim:mutants -- --help\n`)
    return process.exit(2)
  }
}

/** Each job by whichever worker is free. */
async function inParallel(jobs, perform) {
  const queue = jobs.slice()
  await Promise.all(
    workers.map(async (worker) => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) await perform(job, worker)
    }),
  )
}

/** What notices the code as it is would notice every mutant: nothing is concluded from such tests. */
async function unchanged(step, worker) {
  const ask = () => worker.ask({ replaced: [], ...step }, LIMIT_MS)
  // a second time, since a machine under load makes tests wait for too long
  const found = (await ask()) && (await ask())
  if (found === null) return
  print(`without a mutant ${step.test ?? 'the simulator'} fails: ${found.detail ?? found}`)
  broken.add(step.test ?? 'the simulator')
}

async function look({ mutant, replaced }, worker) {
  const start = Date.now()
  const by = await noticed(mutant, replaced, worker)
  outcomes.push({ mutant, by, seconds: seconds(start) })
  const how = by === null ? 'SURVIVED' : `${by.where} ${by.runs} ${by.invariant}: ${by.detail.slice(0, 140)}`
  print(`${mutant.name}: ${how} (${seconds(start)} s)`)
}

async function noticed(mutant, replaced, worker) {
  for (const step of stepsOf(mutant)) {
    if (broken.has(step.test ?? 'the simulator')) continue
    const found = await worker.ask({ replaced, ...step }, LIMIT_MS)
    // that the simulation is slow is not noticed by anybody
    if (found === 'late' && step.looks !== undefined) continue
    if (found === 'late') return { where: step.test, runs: 1, invariant: '', detail: 'it never ended' }
    if (found !== null) return found
  }
  return null
}

function stepsOf({ name, looks = LOOKS, tests = [] }) {
  const { test, title, violates, ...again } = (values.anew ? undefined : records[name]) ?? {}
  const first = test === undefined ? [{ looks: [again] }] : [{ test, title }]
  return [
    ...(test === undefined && violates === undefined ? [] : first),
    ...looks.map((one) => ({ looks: [one] })),
    ...tests.map((file) => ({ test: file })),
  ]
}

function seconds(since) {
  return Math.round((Date.now() - since) / 1000)
}

function print(line) {
  process.stdout.write(`${line}\n`)
}
