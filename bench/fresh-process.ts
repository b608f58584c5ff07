/**
 * Child program: how long the first 100 signals x 20 strategies take in a process that has done nothing
 * but load its modules and its input (JSON lines of signals on stdin). Prints milliseconds of wall and of processor
 * time (the compiler's and collector's threads included).
 */
import { readFileSync } from 'node:fs'
import type { Signal } from '../lib/domain/signal.ts'
import { benchStrategies } from './inputs.ts'
import { compileForBench, runReal } from './real.ts'

const signals = JSON.parse(readFileSync(0, 'utf8')) as Signal[]
const definitions = benchStrategies(20, signals[0]?.timeframe ?? '1Min')

const cpu = process.cpuUsage()
const start = performance.now()
const compiled = compileForBench(definitions)
const compiledAt = performance.now()
let evaluated = 0
runReal(compiled, signals, ({ evaluation }) => {
  if (evaluation.normalizationError === null) evaluated += 1
})
const end = performance.now()
const { user, system } = process.cpuUsage(cpu)
const result = {
  compileMs: compiledAt - start,
  evaluateMs: end - compiledAt,
  cpuMs: (user + system) / 1000,
  evaluated,
}
process.stdout.write(JSON.stringify(result))
