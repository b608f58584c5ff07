// `npm run sim:mutants`: puts each mutant into the product, one at a time, and says what notices it: the simulator, or
// the tests that the mutant names. Exit code 1 when one is noticed by nothing.
import { spawn } from 'node:child_process'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildSimulator, mutated, ROOT } from './sim-build.mjs'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seeds: { type: 'string', default: '1500' },
    enumerate: { type: 'string', default: '10' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
})
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
/** A mutant may well never end. */
const LIMIT_MS = 600_000

const list = await buildSimulator('test/simulation/mutants/all.ts', 'dist/sim/mutants.mjs')
const { MUTANTS } = await import(list)
const chosen = MUTANTS.filter(({ name }) => values.only === undefined || name.includes(values.only))
if ((await simulated({ name: 'none' })) !== null)
  throw new Error('the simulator finds violations without a mutant')
const queue = [...chosen]
const outcomes = []
await Promise.all(Array.from({ length: Number(values.threads) }, work))
const survivors = outcomes.filter(({ by }) => by === null)
process.stdout.write(`${chosen.length - survivors.length} of ${chosen.length} mutants were noticed\n`)
for (const { mutant } of survivors) {
  process.stdout.write(`survived: ${mutant.name} (${mutant.invariant}): ${mutant.breaks}\n`)
}
process.exitCode = survivors.length === 0 ? 0 : 1

async function work() {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const begun = Date.now()
    const by = (await simulated(mutant)) ?? (await tested(mutant))
    outcomes.push({ mutant, by })
    const seconds = Math.round((Date.now() - begun) / 1000)
    process.stdout.write(
      `${by === null ? 'SURVIVED' : 'noticed'} ${mutant.name}: ${by ?? mutant.breaks}, ${seconds} s\n`,
    )
  }
}

/** What the simulator says of it; null when it finds nothing. */
async function simulated(mutant) {
  const program = await buildSimulator(
    'test/simulation/sim/main.ts',
    `dist/sim/mutant-${mutant.name}.mjs`,
    mutant.file === undefined ? null : mutant,
  )
  const { code, output } = await run(process.execPath, [
    program,
    '--brief',
    '--threads',
    '1',
    '--seeds',
    values.seeds,
    '--enumerate',
    values.enumerate,
  ])
  await Promise.all([rm(program), rm(`${program}.map`)])
  if (code === 0) return null
  // it ran out of time: that it is slow is not noticed by anybody
  if (code === null) return null
  const line = output.split('\n').find((text) => text.startsWith('seed ')) ?? ''
  return line === '' ? `the simulator ended with ${code}` : line.slice(0, 160)
}

/** Which of its tests fails; null when none does. */
async function tested(mutant) {
  if (mutant.tests === undefined) return null
  const folder = await mkdtemp(join(tmpdir(), 'mutant-'))
  try {
    const kept = [
      'bin',
      'lib',
      'functions',
      'plugins',
      'test',
      'examples',
      'package.json',
      'tsconfig.json',
      'vitest.config.ts',
      'build.mjs',
    ]
    for (const name of kept) await cp(join(ROOT, name), join(folder, name), { recursive: true })
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    await writeFile(join(folder, mutant.file), await mutated(mutant))
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
    const { code } = await run(process.execPath, [vitest, 'run', ...mutant.tests], folder)
    return code === 0 ? null : mutant.tests.join(', ')
  } finally {
    await rm(folder, { recursive: true })
  }
}

function run(program, words, cwd = ROOT) {
  return new Promise((resolve) => {
    const child = spawn(program, words, { cwd, stdio: ['ignore', 'pipe', 'ignore'], timeout: LIMIT_MS })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.on('close', (code) => resolve({ code, output }))
  })
}
