/**
 * The submission protocol under overlapping invocations, deaths, lost answers and orders that land late
 * (docs/architecture.md#submitting). `TORGHUT_SIMULATION_ROUNDS` sets how many seeds are run; `npm run simulate`
 * tells one of them event by event.
 */
import { describe, expect, it } from 'vitest'
import { findingsOf } from '../support/simulation/lane-storm.ts'
import { eventLine } from '../support/simulation/trace.ts'

const ROUNDS = Number(process.env['TORGHUT_SIMULATION_ROUNDS'] ?? 250)
const SEEDS_PER_TEST = 25

const starts = Array.from(
  { length: Math.ceil(ROUNDS / SEEDS_PER_TEST) },
  (_, index) => index * SEEDS_PER_TEST,
)

describe.each([
  { exchange: 'takes a client order id twice', uniqueIds: false },
  { exchange: 'refuses a second one, with look-ups that lag', uniqueIds: true },
])('a lane whose exchange $exchange', ({ uniqueIds }) => {
  it.each(starts)('keeps its invariants (25 seeds from %i)', async (start) => {
    for (let seed = start; seed < start + SEEDS_PER_TEST; seed += 1) {
      const again = `npm run simulate -- ${seed}${uniqueIds ? ' --unique-ids' : ''}`
      expect({ again, findings: await findingsOf(seed, { uniqueIds }) }).toEqual({ again, findings: [] })
    }
  })

  it('meets the same events each time a seed is run', async () => {
    const traceOf = async (seed: number) => {
      const lines: string[] = []
      await findingsOf(seed, { uniqueIds, onEvent: (event) => lines.push(eventLine(event)) })
      return lines
    }
    const trace = await traceOf(9)
    expect(trace.length).toBeGreaterThan(100)
    expect(await traceOf(9)).toEqual(trace)
    expect(await traceOf(10)).not.toEqual(trace)
  })
})
