/** What many runs came to, in a form that travels between threads. */
import type { Violation } from './checks.ts'
import { FAULT_KINDS, type PlacedFault } from './faults.ts'
import { knownDefect } from './known-defects.ts'
import type { RunResult } from './run.ts'

export interface Failure {
  readonly seed: number
  /** Of the enumeration; null: the one that the seed draws. */
  readonly scenario: number | null
  readonly faults: readonly PlacedFault[]
  readonly violation: Violation
}

export interface Summary {
  runs: number
  /** Seeds that were run a second time. */
  repetitions: number
  /** Of these, faults placed by the enumeration. */
  placements: number
  cycles: number
  orderCycles: number
  posts: number
  faults: Record<string, number>
  /** By the defect's name: how many runs showed it, and the first of them. */
  known: Record<string, { runs: number; seed: number }>
  failures: Failure[]
  /** The seeds that took longest, the longest first: what takes far more than others is a kind of world to be mended. */
  slowest: Slow[]
}

interface Slow {
  readonly seed: number
  readonly ms: number
}

const SLOWEST = 3

export function emptySummary(): Summary {
  return {
    runs: 0,
    repetitions: 0,
    placements: 0,
    cycles: 0,
    orderCycles: 0,
    posts: 0,
    faults: {},
    known: {},
    failures: [],
    slowest: [],
  }
}

export function addTime(summary: Pick<Summary, 'slowest'>, ...taken: readonly Slow[]): void {
  summary.slowest = [...summary.slowest, ...taken].sort((left, right) => right.ms - left.ms).slice(0, SLOWEST)
}

export function addRun(summary: Summary, run: RunResult, scenario: number | null = null): void {
  summary.runs += 1
  summary.cycles += run.counts.cycles
  summary.orderCycles += run.counts.orderCycles
  summary.posts += run.counts.posts
  for (const { kind } of run.faults) summary.faults[kind] = (summary.faults[kind] ?? 0) + 1
  const shown = new Set<string>()
  for (const violation of run.violations) {
    const known = knownDefect(violation)
    if (known !== null) shown.add(known.name)
    else if (!shown.has('')) {
      shown.add('')
      summary.failures.push({ seed: run.seed, scenario, faults: run.faults, violation })
    }
  }
  shown.delete('')
  for (const name of shown) {
    const before = summary.known[name]
    summary.known[name] = {
      runs: (before?.runs ?? 0) + 1,
      seed: Math.min(before?.seed ?? Infinity, run.seed),
    }
  }
}

/** A second run of the same seed: it must be the same run. */
export function addRepetition(summary: Summary, first: RunResult, again: RunResult): void {
  summary.repetitions += 1
  if (again.digest === first.digest) return
  const detail = `one seed gave two digests, ${first.digest} and ${again.digest}`
  const violation: Violation = { invariant: 'equal-plans', at: 0, detail }
  summary.failures.push({ seed: first.seed, scenario: null, faults: first.faults, violation })
}

export function merge(into: Summary, other: Summary): void {
  into.runs += other.runs
  into.repetitions += other.repetitions
  into.placements += other.placements
  into.cycles += other.cycles
  into.orderCycles += other.orderCycles
  into.posts += other.posts
  for (const [kind, count] of Object.entries(other.faults))
    into.faults[kind] = (into.faults[kind] ?? 0) + count
  for (const [name, { runs, seed }] of Object.entries(other.known)) {
    const before = into.known[name]
    into.known[name] = { runs: (before?.runs ?? 0) + runs, seed: Math.min(before?.seed ?? Infinity, seed) }
  }
  into.failures.push(...other.failures)
  addTime(into, ...other.slowest)
}

/** As a table for people. */
export function describe(summary: Summary): string {
  const { runs, repetitions, placements, cycles, orderCycles, posts, faults, known } = summary
  const rows = FAULT_KINDS.map((kind) => `  ${kind.padEnd(24)}${String(faults[kind] ?? 0).padStart(9)}`)
  const defects = Object.entries(known).map(
    ([name, { runs: count, seed }]) => `  ${name}: ${count} runs, first ${seed}`,
  )
  const slowest = summary.slowest.map(({ seed, ms }) => `${seed} (${(ms / 1000).toFixed(1)} s)`)
  return [
    `${runs - placements} seeds and ${placements} placements, ${cycles} cycles, ${orderCycles} of them sent orders (${posts})`,
    `${repetitions} seeds were run twice, each with one digest`,
    ...(slowest.length === 0 ? [] : [`slowest seeds: ${slowest.join(', ')}`]),
    'faults:',
    ...rows,
    ...(defects.length === 0 ? [] : ['known defects:', ...defects]),
  ].join('\n')
}
