/**
 * `npm run bench:backtest`: whole backtests with orders on the minute bars of `../shared/market`, and on the same bars ten times
 * over, weeks apart, each in a process of its own: bars a second of the run without the making of its signals, and of the whole
 * process with parsing and indicators; the same per second of processor time, the making of signals by itself, and peak memory.
 * Last a million bars of one strategy that may sell short, some 10,000 orders. Numbers by argument are the strategies to take
 * instead, without the million.
 */
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { HEAP_GROWTH_PERCENT } from '../lib/cli/engine/watched-run.ts'
import { MARKET_FILE } from './inputs.ts'

interface Measured {
  readonly bars: number
  readonly orders: number
  readonly digest: string
  readonly runMs: number
  readonly runCpuMs: number
  readonly signalsCpuMs: number
  readonly wholeMs: number
  readonly wholeCpuMs: number
  readonly peakMb: number
}

type Kind = 'short' | 'long' | 'million'

const ROUNDS = 3
const COPIES = { long: 10, million: 75 } as const
/** Two weeks, so that a copy begins after the one before has ended, on the same day of the week. */
const SHIFT_MS = 14 * 86_400_000
/** Bars a second of the run to reach, on two quiet cores. */
const TARGETS: Readonly<Record<Kind, ReadonlyMap<number, number>>> = {
  short: new Map([
    [1, 75_000],
    [20, 65_000],
    [100, 55_000],
  ]),
  long: new Map([
    [1, 160_000],
    [20, 150_000],
    [100, 120_000],
  ]),
  million: new Map([[1, 150_000]]),
}

const root = resolve(import.meta.dirname, '../..')
const marketFile = join(process.env['TORGHUT_SHARED'] ?? resolve(root, '../shared'), MARKET_FILE)
const asked = process.argv.filter((word) => /^\d+$/.test(word)).map(Number)
const strategyCounts = asked.length === 0 ? [1, 5, 20, 100] : asked

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Writes a file's bars so many times, the copies later and later, the last one as it is. */
function writeRepeated(file: string, text: string, copies: number): void {
  const [header = '', ...rows] = text.trimEnd().split('\n')
  writeFileSync(file, `${header}\n`)
  for (let index = 0; index < copies; index += 1) {
    const earlier = (copies - 1 - index) * SHIFT_MS
    const shifted = rows.map((row) => {
      const comma = row.indexOf(',')
      return new Date(Date.parse(row.slice(0, comma)) - earlier).toISOString() + row.slice(comma)
    })
    appendFileSync(file, `${shifted.join('\n')}\n`)
  }
}

function measure(file: string, strategyCount: number, kind: Kind): Measured {
  const child = resolve(import.meta.dirname, 'backtest-child.mjs')
  const growth = `--heap-growing-percent=${HEAP_GROWTH_PERCENT}`
  const words = [growth, child, file, String(strategyCount), ...(kind === 'million' ? ['shorts'] : [])]
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`a backtest ended with ${status}: ${stderr}`)
  return JSON.parse(stdout) as Measured
}

/** The best of each figure: whatever else the machine does only adds to what the program needs. */
function best(rounds: readonly Measured[], figure: Exclude<keyof Measured, 'digest'>): number {
  return Math.min(...rounds.map((round) => round[figure]))
}

function line(file: string, kind: Kind, strategyCount: number): string {
  const rounds = Array.from({ length: kind === 'short' ? ROUNDS : 1 }, () =>
    measure(file, strategyCount, kind),
  )
  const [first] = rounds
  if (first === undefined || rounds.some(({ digest }) => digest !== first.digest)) {
    throw new Error('equal inputs came to different runs')
  }
  const perSecond = (ms: number) => (first.bars * 1000) / ms
  const target = TARGETS[kind].get(strategyCount)
  return [
    cell(first.bars, 10),
    cell(strategyCount, 12),
    cell(first.orders, 9),
    cell(perSecond(best(rounds, 'runMs')), 11),
    cell(perSecond(best(rounds, 'runCpuMs')), 11),
    cell(perSecond(best(rounds, 'signalsCpuMs')), 15),
    cell(perSecond(best(rounds, 'wholeMs')), 11),
    cell(perSecond(best(rounds, 'wholeCpuMs')), 12),
    cell(Math.max(...rounds.map(({ peakMb }) => peakMb)), 9),
    target === undefined ? '' : cell(target, 11),
    `  ${first.digest.slice(0, 8)}`,
  ].join('')
}

function cell(value: number, width: number): string {
  return Math.round(value).toLocaleString('en-US').padStart(width)
}

if (!existsSync(marketFile)) throw new Error(`${marketFile} is needed`)
const folder = mkdtempSync(join(tmpdir(), 'torghut-bench-'))
try {
  const text = readFileSync(marketFile, 'utf8')
  const [long, million] = [join(folder, 'long.csv'), join(folder, 'million.csv')]
  writeRepeated(long, text, COPIES.long)
  print(`bars of ${marketFile}, Node ${process.version}`)
  print(
    '      bars  strategies   orders      run/s   run/cpu s  signals/cpu s    whole/s  whole/cpu s  peak MB     target',
  )
  for (const count of strategyCounts) print(line(marketFile, 'short', count))
  for (const count of strategyCounts) print(line(long, 'long', count))
  if (asked.length === 0) {
    writeRepeated(million, text, COPIES.million)
    print(line(million, 'million', 1))
  }
} finally {
  rmSync(folder, { recursive: true })
}
