// A process that looks at one mutant after another, so that what they have in common is loaded once: messages name a
// mutant's texts and where to look, answers what was noticed there.
import { context } from 'esbuild'
import { rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createVitest } from 'vitest/node'
import { ROOT } from '../sim-build.mjs'

/** The changed files' texts by path; the same map all the time. */
const texts = new Map()
const plugins = { simulator: null, vitest: null }
let compiled = 0

process.on('disconnect', () => {
  const ended = [plugins.simulator?.dispose(), plugins.vitest?.close()]
  void Promise.allSettled(ended).then(() => process.exit())
})
process.on('message', ({ replaced, looks, test, title }) => {
  const work = looks === undefined ? tested(replaced, test, title) : hunted(replaced, looks)
  work.then(
    (noticed) => process.send({ noticed, cpuUsage: process.cpuUsage() }),
    (error) => process.send({ failed: String(error?.stack ?? error), cpuUsage: process.cpuUsage() }),
  )
})

/** What the simulator finds; null when that is nothing. */
async function hunted(replaced, looks) {
  replace(replaced)
  const { outputFiles } = await (await simulator()).rebuild()
  compiled += 1
  const program = `${ROOT}dist/sim/hunt-${process.pid}-${compiled}.mjs`
  await writeFile(program, outputFiles[0].contents)
  try {
    const { hunt } = await import(program)
    return await hunt(looks)
  } catch (error) {
    const detail = `the simulator ended with ${String(error)}`
    return { invariant: '', invariants: [], detail, where: 'a crash', runs: 1, again: looks[0] }
  } finally {
    await rm(program, { force: true })
  }
}

async function simulator() {
  plugins.simulator ??= await context({
    absWorkingDir: ROOT,
    entryPoints: ['test/simulation/mutants/hunt.ts'],
    outdir: 'dist/sim',
    write: false,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'silent',
    plugins: [
      {
        name: 'mutant',
        setup: (build) => {
          build.onLoad({ filter: /\.ts$/ }, ({ path }) =>
            texts.has(path) ? { contents: texts.get(path), loader: 'ts' } : null,
          )
        },
      },
    ],
  })
  return plugins.simulator
}

/** Which test of a file fails; `title`: this one only. Null when none does. */
async function tested(replaced, file, title) {
  const vitest = await tests()
  for (const path of new Set([...texts.keys(), ...replaced.map(([path]) => path)]))
    vitest.invalidateFile(path)
  replace(replaced)
  if (title === undefined) vitest.resetGlobalTestNamePattern()
  else vitest.setGlobalTestNamePattern(new RegExp(`^${escaped(title)}$`))
  const isNamed = ({ moduleId }) => moduleId === resolve(ROOT, file)
  const wanted = (await vitest.globTestSpecifications([file])).filter(isNamed)
  const { testModules: all, unhandledErrors } = await vitest.runTestSpecifications(wanted)
  // those of earlier runs are among them
  const testModules = all.filter(isNamed)
  for (const path of texts.keys()) vitest.invalidateFile(path)
  const failed = testModules.flatMap(({ children }) => [...children.allTests('failed')])
  const broken = testModules.find((module) => module.errors().length > 0)
  if (failed.length > 0) return found(file, titleOf(failed[0]), titleOf(failed[0]))
  if (broken !== undefined) return found(file, broken.errors()[0].message)
  return unhandledErrors.length > 0 ? found(file, String(unhandledErrors[0])) : null
}

function found(file, detail, title) {
  return { where: file, runs: 1, invariant: '', detail, ...(title === undefined ? {} : { title }) }
}

function titleOf({ fullName }) {
  return fullName.split(' > ').join(' ')
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

async function tests() {
  plugins.vitest ??= await createVitest(
    'test',
    {
      root: ROOT,
      config: `${ROOT}vitest.config.ts`,
      watch: false,
      // without the command line, which would not have the mutant in it
      globalSetup: [],
      bail: 1,
      maxWorkers: 1,
      // a test that a mutant makes wait for ever notices it; that it waits so long without one is told at the beginning
      testTimeout: 60_000,
      hookTimeout: 60_000,
      expect: { poll: { timeout: 20_000, interval: 20 } },
      pool: 'threads',
      reporters: [{}],
    },
    { plugins: [{ name: 'mutant', enforce: 'pre', load: (path) => texts.get(path) ?? null }] },
  )
  return plugins.vitest
}

function replace(replaced) {
  texts.clear()
  for (const [path, text] of replaced) texts.set(path, text)
}
