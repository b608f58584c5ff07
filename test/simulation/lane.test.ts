/**
 * The submission protocol under overlapping invocations, deaths, lost answers and orders that land late
 * (docs/architecture.md#submitting).
 */
import { describe, expect, it } from 'vitest'
import { World } from '../support/simulation/world.ts'

const ROUNDS = Number(process.env['TORGHUT_SIMULATION_ROUNDS'] ?? 250)
const SEEDS_PER_TEST = 25
const TICKS = 6
/** What an order that the exchange took is known as in the end. */
const TAKEN: ReadonlySet<string> = new Set(['accepted', 'canceled'])

async function storm(seed: number, uniqueIds: boolean): Promise<World> {
  const world = new World(seed, { killProbability: 0.02, maxPauseMs: 2000, uniqueIds })
  for (let tick = 0; tick < TICKS; tick += 1) {
    await world.appendSignals(2)
    world.setKillSwitch(tick === 3 && seed % 3 === 0)
    await world.tick(1 + ((seed + tick) % 3))
    world.pass(20)
  }
  world.setKillSwitch(false)
  return world
}

/** No more faults: four undisturbed ticks. */
async function calm(world: World): Promise<void> {
  world.exchange.faulty = false
  world.scheduler.options = { killProbability: 0, maxPauseMs: 500 }
  for (let tick = 0; tick < 4; tick += 1) {
    world.pass(60)
    await world.tick(1)
  }
}

async function findings(seed: number, uniqueIds: boolean): Promise<readonly string[]> {
  const world = await storm(seed, uniqueIds)
  await calm(world)
  const found = [...world.violations]
  const ids = world.exchange.taken
  if (new Set(ids).size < ids.length) found.push('two orders for one decision')
  for (const { clientOrderId, state } of await world.allExecutions()) {
    if (state === 'submitting' || state === 'unknown') found.push(`${clientOrderId} stays ${state}`)
    else if (ids.includes(clientOrderId) !== TAKEN.has(state)) found.push(`${clientOrderId} is ${state}`)
  }
  const cursor = (await world.lane())?.cursor
  if (cursor !== 2 * TICKS) found.push(`the cursor stops at ${cursor}`)
  return found.map((finding) => `seed ${seed}: ${finding}`)
}

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
      expect(await findings(seed, uniqueIds)).toEqual([])
    }
  })
})
