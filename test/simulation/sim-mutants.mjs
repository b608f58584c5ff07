// `npm run sim:mutants`: puts each mutant into the product, one at a time, and says what notices it: the simulator, or
// the tests that the mutant names. `-- --defects`: the defects of old, put back. Exit code 1 when one is noticed by
// nothing and does not say why.
import { spawn } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { buildSimulator, edited, ROOT } from './sim-build.mjs'
import { defectsTable, mutantsTables } from './mutants/tables.mjs'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    defects: { type: 'boolean', default: false },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
})
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
/** A mutant may well never end. */
const LIMIT_MS = 300_000
/** Where the simulator looks for what does not say where. */
const LOOKS = [{ seeds: 150 }, { enumerate: 5, pairs: false }]

const lists = await import(await buildSimulator('test/simulation/mutants/all.ts', 'dist/sim/mutants.mjs'))
const all = values.defects ? lists.DEFECTS : lists.MUTANTS
const pattern = new RegExp(values.only ?? '')
const chosen = all.filter(({ name, layer = '' }) => pattern.test(`${layer} ${name}`))
const begun = Date.now()
const unchanged = await hunted({ name: 'none', looks: [{ seeds: 20 }] }, new Map())
if (unchanged !== null)
  throw new Error(`the simulator finds violations without a mutant: ${unchanged.detail}`)

/** As the files are now, whatever somebody does to them meanwhile. */
const queue = await Promise.all(
  chosen.map(async (mutant) => ({ mutant, texts: await edited(mutant.name, mutant.edits ?? [mutant]) })),
)
// what only tests can notice comes first: it takes seconds
const isLong = ({ mutant: { looks = LOOKS } }) => looks.length > 0
queue.sort((left, right) => Number(isLong(left)) - Number(isLong(right)))
const outcomes = []
await Promise.all(Array.from({ length: Number(values.threads) }, work))
outcomes.sort((left, right) => chosen.indexOf(left.mutant) - chosen.indexOf(right.mutant))
print(values.defects ? defectsTable(outcomes) : mutantsTables(outcomes, lists.INVARIANTS))
print(`${Math.round((Date.now() - begun) / 1000)} s on ${values.threads} processes`)
await writeFile('dist/sim/mutants.json', JSON.stringify(outcomes, null, 1))
process.exitCode = outcomes.every(({ by, mutant }) => by !== null || mutant.survives !== undefined) ? 0 : 1

async function work() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { mutant, texts } = next
    const start = Date.now()
    const by = (await hunted(mutant, texts)) ?? (await tested(mutant, texts))
    const seconds = Math.round((Date.now() - start) / 1000)
    outcomes.push({ mutant, by, seconds })
    const how =
      by === null ? 'SURVIVED' : `${by.where} ${by.runs} ${by.invariant}: ${by.detail.slice(0, 140)}`
    print(`${mutant.name}: ${how} (${seconds} s)`)
  }
}

/** What the simulator finds with it; null when that is nothing. */
async function hunted({ name, looks = LOOKS }, texts) {
  if (looks.length === 0) return null
  const program = await buildSimulator('test/simulation/mutants/hunt.ts', `dist/sim/hunt-${name}.mjs`, texts)
  const { code, output } = await run([program, JSON.stringify(looks)], {})
  await Promise.all([program, `${program}.map`].map((file) => rm(file, { force: true })))
  // it ran out of time: that it is slow is not noticed by anybody
  if (code === null) return null
  const detail = `the simulator ended with ${code}`
  return code === 0 ? JSON.parse(output) : { invariant: '', detail, where: 'a crash', runs: 1 }
}

/** Which of its tests fails; null when none does. */
async function tested({ name, tests = [] }, texts) {
  const file = `${ROOT}dist/sim/texts-${name}.json`
  await writeFile(file, JSON.stringify(Object.fromEntries(texts)))
  const vitest = `${ROOT}node_modules/vitest/vitest.mjs`
  const config = 'test/simulation/mutants/vitest.config.ts'
  for (const [index, test] of tests.entries()) {
    const words = [vitest, 'run', '--config', config, '--reporter', 'json', test]
    const { code, output } = await run(words, { TORGHUT_MUTANT: file })
    if (code === 0) continue
    await rm(file)
    return { where: test, runs: index + 1, invariant: '', detail: firstFailure(output) }
  }
  await rm(file)
  return null
}

function firstFailure(output) {
  try {
    const isFailed = ({ status }) => status === 'failed'
    const suite = JSON.parse(output).testResults.find(isFailed)
    const failed = suite.assertionResults.find(isFailed)
    return failed?.fullName ?? suite.message
  } catch {
    return 'it ended without a report'
  }
}

function run(words, environment) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, words, {
      cwd: ROOT,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: LIMIT_MS,
    })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.on('close', (code) => resolve({ code, output }))
  })
}

function print(line) {
  process.stdout.write(`${line}\n`)
}
