/**
 * The functions' cold start: the size of each bundle, its largest inputs, and how long a fresh Node 24 process
 * takes to import it, environment and source maps as deployed. Bounds are those of the project's issue on AWS;
 * the exit code is 1 if one is missed.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import { functionSurroundings } from './function-surroundings.ts'
import { bundleFunctions, LARGEST_KB, type Bundle } from './bundles.ts'

const LONGEST_IMPORT_MS = 90
const RUNS = 15
const SHOWN_INPUTS = 8

const root = resolve(import.meta.dirname, '../..')
const folder = join(root, 'dist/cold')

/** Prints the milliseconds that `require` took: by the clock, and of processor time in all threads. */
const CHILD = `
const { performance } = require('node:perf_hooks')
const cpu = process.cpuUsage()
const start = performance.now()
require(process.argv[1])
const ms = performance.now() - start
const { user, system } = process.cpuUsage(cpu)
process.stdout.write(JSON.stringify({ ms, cpuMs: (user + system) / 1000 }) + '\\n')
process.exit(0)
`

interface Run {
  readonly ms: number
  readonly cpuMs: number
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function output(command: string, args: readonly string[], env = process.env): string {
  const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr.slice(-2000)}`)
  return stdout.trim()
}

/** This Node if it is 24, else the one that npm fetches. */
function node24(): string {
  if (process.versions.node.startsWith('24.')) return process.execPath
  return output('npx', ['--yes', '--package=node@24', '--call', 'node -p process.execPath'])
}

function importOnce(node: string, { name, file }: Bundle): Run {
  const measured = output(node, ['-e', CHILD, file], functionSurroundings(name))
  return JSON.parse(measured.split('\n').at(-1) ?? '') as Run
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? Number.NaN
}

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
// the bundles are CommonJS, the project's own package is not
writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n')
const bundles = await bundleFunctions(root, folder)
const node = node24()
const runs = new Map<string, Run[]>(bundles.map(({ name }) => [name, []]))
// one run of each in turn, so that what else the machine does falls on all alike
for (let round = 0; round < RUNS; round += 1) {
  for (const bundle of bundles) runs.get(bundle.name)?.push(importOnce(node, bundle))
}

const cell = (text: string | number, width: number) => String(text).padStart(width)
let missed = 0
print(`${output(node, ['--version'])}, median of ${RUNS} fresh processes each; kB is 1000 bytes, KiB 1024`)
print('function        kB  (limit)      KiB   import ms  (limit)      best   processor time')
for (const { name, bytes } of bundles) {
  const of = runs.get(name) ?? []
  const [ms, cpuMs] = [median(of.map((run) => run.ms)), median(of.map((run) => run.cpuMs))]
  const fine = bytes <= LARGEST_KB[name] * 1000 && ms <= LONGEST_IMPORT_MS
  if (!fine) missed += 1
  print(
    `${name.padEnd(10)}${cell((bytes / 1000).toFixed(1), 8)}${cell(`(${LARGEST_KB[name]})`, 9)}` +
      `${cell((bytes / 1024).toFixed(1), 9)}${cell(ms.toFixed(1), 12)}${cell(`(${LONGEST_IMPORT_MS})`, 9)}` +
      `${cell(Math.min(...of.map((run) => run.ms)).toFixed(1), 10)}${cell(cpuMs.toFixed(1), 17)}${fine ? '' : '   MISSED'}`,
  )
}
for (const { name, inputs, deferred } of bundles) {
  print(`\n${name}: largest inputs, kB`)
  for (const [part, bytes] of inputs.slice(0, SHOWN_INPUTS)) {
    print(
      `${cell((bytes / 1000).toFixed(1), 8)}  ${part}${deferred.has(part) ? ' (not loaded at import)' : ''}`,
    )
  }
}
const [load = 0] = loadavg()
if (load > availableParallelism()) {
  print(`\nthe machine was busy (load ${load.toFixed(1)}): import times are longer than on a quiet one`)
}
if (missed > 0) process.exitCode = 1
