/**
 * Child program (needs --expose-gc): a million signals x 20 strategies through one process; prints the heap
 * after a collection at several points and the peak resident set, in MB.
 */
import { resolve } from 'node:path'
import { benchStrategies, readInputs } from './inputs.ts'
import { compileForBench, runReal } from './real.ts'

const TOTAL = 1_000_000
const MB = 1024 * 1024

const { signals } = readInputs(resolve(import.meta.dirname, '../..'))
const compiled = compileForBench(benchStrategies(20, signals[0]?.timeframe ?? '1Min'))
const points: { readonly signals: number; readonly heapMb: number; readonly residentMb: number }[] = []
let done = 0
let intents = 0
while (done < TOTAL) {
  const batch = signals.slice(0, TOTAL - done)
  runReal(compiled, batch, (result) => {
    intents += result.intents.length
  })
  const before = Math.floor((done * 10) / TOTAL)
  done += batch.length
  if (Math.floor((done * 10) / TOTAL) === before && done < TOTAL) continue
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  points.push({ signals: done, heapMb: heapUsed / MB, residentMb: rss / MB })
}
process.stdout.write(JSON.stringify({ points, intents, peakMb: process.resourceUsage().maxRSS / 1024 }))
