/**
 * The simulator itself: some of its seeds keep every invariant, one seed gives one digest, and what it finds is not
 * found by chance. `npm run sim` runs many more.
 */
import { describe, expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { MUTANTS } from './mutants/all.ts'
import { enumerationJobs, runJob } from './sim/enumerate.ts'
import { unknownOf } from './sim/known-defects.ts'
import { runSeed } from './sim/run.ts'

const SEEDS = Number(process.env['TORGHUT_SIMULATION_SEEDS'] ?? 100)
const PER_TEST = 25
const starts = Array.from({ length: Math.ceil(SEEDS / PER_TEST) }, (_, index) => index * PER_TEST)

describe('the simulator', () => {
  it.each(starts)('finds no violation (25 seeds from %i)', async (start) => {
    for (let seed = start; seed < start + PER_TEST; seed += 1) {
      const { violations } = await runSeed(seed)
      expect(unknownOf(violations), `seed ${seed}: npm run sim -- --seed ${seed}`).toEqual([])
    }
  })

  it('gives one digest for one seed', async () => {
    const runs = [await runSeed(7), await runSeed(8), await runSeed(7)]
    const [first, other, again] = runs.map(({ digest }) => digest)
    expect(again).toBe(first)
    expect(other).not.toBe(first)
  })

  it('repeats a run from the faults that happened in it', async () => {
    const drawn = await runSeed(3)
    expect(drawn.faults.length).toBeGreaterThan(0)
    const placed = await runSeed(3, { faults: drawn.faults })
    expect(placed.digest).toBe(drawn.digest)
  })

  it('finds no violation under single faults, one of every 60 places and kinds', async () => {
    const jobs = (await enumerationJobs()).filter((_, index) => index % 60 === 0)
    expect(jobs.length).toBeGreaterThan(20)
    for (const job of jobs) {
      for await (const { violations } of runJob({ ...job, pairs: false })) {
        expect({ first: job.first, found: unknownOf(violations) }).toEqual({ first: job.first, found: [] })
      }
    }
  })
})

describe('the mutants', () => {
  it.each(MUTANTS)('$name stands in the code exactly once', ({ file, search }) => {
    const text = readFileSync(resolve(import.meta.dirname, '../..', file), 'utf8')
    expect(text.split(search)).toHaveLength(2)
  })
})
